"""A matrix cut over devices is drawn to scale, one colour for each device."""

import re

import pytest

from tokenworks.figures import matrix_cuts
from tokenworks.figures.cut_matrices import ROW, SHADES
from tokenworks.specs import model_spec

SPEC = model_spec("llama-3-70b")
RECT = re.compile(r'<rect [^>]*width="([\d.]+)" height="([\d.]+)" class="f-(\d|activations)"')


@pytest.mark.parametrize("layout", ["wide", "narrow"])
@pytest.mark.parametrize("devices", [2, 4])
def test_parts_are_as_large_as_what_a_device_holds(layout, devices):
    rects = RECT.findall(getattr(matrix_cuts(SPEC, devices=devices), layout))
    for shade in SHADES[:devices]:
        boxes = [(float(w), float(h)) for w, h, one in rects if one == shade]
        (wide, tall), part, (across, down), row = boxes
        assert wide == pytest.approx(down, abs=0.1), "columns of up and rows of down"
        assert tall == pytest.approx(across, abs=0.1)
        whole = devices * wide + 1.5 * devices  # with what parts it from the next
        assert whole / tall == pytest.approx(SPEC.d_ff / SPEC.d_model, rel=0.02)
        assert part == (wide, ROW), "its own part of the result"
        assert row == (pytest.approx(across, abs=0.1), ROW), "a whole row, to be added"
    assert len([one for *_, one in rects if one == "activations"]) == 1


def test_it_says_what_is_cut():
    figure = matrix_cuts(SPEC)
    assert "8,192 × 28,672" in figure.printed
    assert "28,672 × 8,192" in figure.printed
    assert "the 4 rows have to be added up" in figure.alt


def test_refusals():
    with pytest.raises(ValueError, match="5 devices cannot share Llama-3 70B's matrices evenly"):
        matrix_cuts(SPEC, devices=5)
    with pytest.raises(ValueError, match="devices"):
        matrix_cuts(SPEC, devices=7)
