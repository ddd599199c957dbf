"""The ladder of a request: what a token reads, where the arrow leads back to."""

import pytest

from tokenworks.cost.memory import step_weight_bytes
from tokenworks.figures.box import Box
from tokenworks.figures.scene import Scene
from tokenworks.figures.stage_ladder import request_stages
from tokenworks.figures.strips import ladder
from tokenworks.specs import model_spec


@pytest.mark.parametrize("name", ["llama-3-70b", "smollm2-135m"])
def test_the_stages_read_what_a_decode_step_reads(name):
    spec = model_spec(name)
    numbers = request_stages(spec).numbers
    row = 2 * spec.d_model  # the embedding of the one token
    assert numbers["all stages, bytes"] == pytest.approx(step_weight_bytes(spec, 2) + row, rel=1e-4)
    parts = [value for stage, value in numbers.items() if stage != "all stages, bytes"]
    assert len(parts) == 6
    assert sum(parts) == numbers["all stages, bytes"]


def test_the_alt_text_and_the_words_name_model_and_stages():
    figure = request_stages(model_spec("llama-3-70b"))
    assert "back to the second" in figure.alt
    assert "3 Transform" in figure.printed
    assert "reads 136.9 GB" in figure.printed


def test_the_arrow_leads_back_to_the_rung_that_is_asked_for():
    rungs = [(name, "", "") for name in ("one", "two", "three")]
    drawn = {}
    for target in (0, 1):
        scene = Scene(328)
        boxes = ladder(scene, Box(1, 1, 300, 120), rungs, back="two\nlines", back_to=target)
        ends = [end for _, end in scene.strokes if abs(end[1] - boxes[target].cy) < 0.01]
        drawn[target] = bool(ends)
        assert not scene.troubles()
    assert drawn == {0: True, 1: True}
