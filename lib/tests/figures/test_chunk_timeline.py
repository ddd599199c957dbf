import re

import pytest

from tokenworks.figures import chunked_prompt


def test_steps_are_to_scale_on_one_axis():
    figure = chunked_prompt({"whole": [0.4], "in two": [0.21, 0.22]}, decode_seconds=0.02)
    found = re.findall(r'width="([\d.]+)" height="20" class="f-prefill"', figure.wide)
    whole, first, second = (float(width) + 1 for width in found)  # a pixel parts the steps
    assert [first / whole, second / whole] == pytest.approx([0.21 / 0.4, 0.22 / 0.4], abs=0.002)
    assert figure.numbers["in two: longest gap"] == 0.22
    assert figure.numbers["in two: prompt read after"] == pytest.approx(0.43)
    assert "longest gap 220 ms, read after 430 ms" in figure.printed


def test_every_lane_ends_with_decode_steps_at_the_same_time():
    figure = chunked_prompt({"whole": [0.4], "in two": [0.3, 0.3]}, decode_seconds=0.02)
    bars = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="20"', figure.wide)
    ends = {y: max(float(x) + float(w) for x, at, w in bars if at == y) for _, y, _ in bars}
    assert len(ends) == 2
    assert min(ends.values()) == pytest.approx(max(ends.values()), abs=1.5)


@pytest.mark.parametrize("ways", [{}, {"whole": []}])
def test_no_steps_are_refused(ways):
    with pytest.raises(ValueError, match="at least one way"):
        chunked_prompt(ways, decode_seconds=0.02)
