"""The two phases on one axis, held against the cost model."""

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.step_time import compute_utilisation, decode_flops, request_seconds
from tokenworks.figures.phase_timeline import passes, two_phases
from tokenworks.specs import Workload, chip, model_spec

ON = Deployment(model_spec("llama-3-70b"), chip("a100-80gb"), 2)


def test_the_passes_take_as_long_as_the_request():
    timed = passes(ON, 650, 8)
    assert [one.start for one in timed[1:]] == [one.end for one in timed[:-1]]
    assert timed[-1].end == pytest.approx(request_seconds(ON, Workload(650, 9)))


def test_prefill_fills_the_arithmetic_and_decode_the_memory():
    first, later = passes(ON, 650, 1)
    assert first.arithmetic == pytest.approx(1)
    assert 0.1 < first.memory < 0.5
    assert later.memory == pytest.approx(1)
    flops = decode_flops(ON.model, 651)
    share = compute_utilisation(flops, later.end - later.start, flops_per_s=ON.flops_per_s)
    assert later.arithmetic == pytest.approx(share)


def test_a_short_prompt_is_limited_by_reading():
    (first,) = passes(ON, 10, 0)
    assert first.memory == pytest.approx(1)
    assert first.arithmetic < 0.1


def test_the_caption_says_both_times():
    figure = two_phases(ON, prompt_tokens=650)
    assert "takes 143 ms, each later token 34 ms" in figure.caption
    assert figure.numbers["prefill, seconds"] == passes(ON, 650, 0)[0].end
