"""p and q as overlapping bars: what both have, what is rejected, what is drawn anew."""

import re

import pytest

from tokenworks.figures import accepted_and_residual

LAWS = {"the": (0.42, 0.55), "a": (0.25, 0.10), "his": (0.15, 0.20), "one": (0.18, 0.15)}
BAR = re.compile(r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="([\d.]+)" class="f-(\w+)"')


def heights(svg, fill):
    return [float(h) for w, h, f in BAR.findall(svg) if f == fill and w != h]


def test_areas_are_the_shares():
    figure = accepted_and_residual(LAWS)
    for svg in (figure.wide, figure.narrow):
        both = heights(svg, "good")
        unit = both[0] / 0.42
        assert both == pytest.approx([unit * min(pair) for pair in LAWS.values()], abs=0.1)
        more = [h + 1 for h in heights(svg, "decode")]
        assert more == pytest.approx([unit * 0.15, unit * 0.03], abs=0.1)
        assert sum(both) + sum(more) == pytest.approx(unit, abs=0.3)  # all of p


def test_it_says_what_is_accepted_and_what_is_drawn_anew():
    figure = accepted_and_residual(LAWS)
    assert "accepted 82 %, drawn anew 18 %" in figure.printed
    assert figure.numbers["accepted"] == pytest.approx(0.82)
    assert "the 42 % and 55 %" in figure.alt


def test_what_is_no_distribution_is_refused():
    with pytest.raises(ValueError, match=r"q adds up to 0\.9, not to 1"):
        accepted_and_residual({"a": (0.5, 0.5), "b": (0.5, 0.4)})
