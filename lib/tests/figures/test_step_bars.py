import re

import pytest

from tokenworks.figures import Step, decode_steps

STEPS = {"1 user": Step(0.0104, said="95.7 tokens/s"), "32 users": Step(0.0104, 0.0065, 0.004)}


def widths(svg, fill):
    found = re.findall(rf'<rect [^>]*width="([\d.]+)" height="([\d.]+)" class="f-{fill}"', svg)
    return [float(w) for w, h in found if float(w) != float(h)]  # samples of the key are square


def test_parts_are_as_wide_as_their_times():
    figure = decode_steps({"": STEPS}, alt="Two steps.")
    for svg in (figure.wide, figure.narrow):
        first, second = widths(svg, "weights")
        (cache,), (arithmetic,) = widths(svg, "kv"), widths(svg, "activations")
        assert first == second
        assert (cache + 1) / (second + 1) == pytest.approx(0.0065 / 0.0104, rel=0.01)
        assert arithmetic / (second + 1) == pytest.approx(0.004 / 0.0104, rel=0.01)


def test_a_step_says_its_time_and_what_it_yields():
    figure = decode_steps({"One H100": STEPS}, alt="Two steps.")
    assert "10.4 ms · 95.7 tokens/s" in figure.printed
    assert figure.numbers["One H100, 32 users"] == pytest.approx(0.0169)


def test_the_longer_of_reading_and_multiplying_is_the_step():
    assert Step(0.01, 0.002, 0.5).seconds == 0.5
    with pytest.raises(ValueError, match="at least one step"):
        decode_steps({}, alt="No.")
