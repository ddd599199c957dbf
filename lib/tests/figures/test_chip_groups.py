"""Bars are as long as the tokens of all users, and chips of one group stand together."""

import re
from itertools import pairwise

import pytest

from tokenworks.cost import Constants, Deployment, tokens_of_groups
from tokenworks.figures import copies_or_groups
from tokenworks.figures.chip_groups import FAR, NEAR, SIDE
from tokenworks.specs import chip, model_spec

RECT = re.compile(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" [^>]*class="f-(\w+)"')
BATCHES = (8, 512)


def cases(model="llama-3-8b"):
    on = Deployment(model_spec(model), chip("h100-sxm"), 8)
    fitted = Constants.fitted()
    return [
        tokens_of_groups(on, batch=batch, context_tokens=2048, constants=fitted)
        for batch in BATCHES
    ]


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_bars_and_groups(layout):
    found = cases()
    rects = RECT.findall(getattr(copies_or_groups(found), layout))
    bars = [float(w) for _, _, w, fill in rects if fill == "decode"]
    for case, ways in enumerate(found):
        lengths = bars[case :: len(found)]
        for way, length in zip(ways, lengths, strict=True):
            share = way.tokens_per_s / max(each.tokens_per_s for each in ways)
            assert length / max(lengths) == pytest.approx(share, rel=0.02)
    rows = {}
    for x, y, _, fill in rects:
        if fill == "weights":
            rows.setdefault(y, []).append(float(x))
    for way, places in zip(found[0], rows.values(), strict=True):
        gaps = [right - left - SIDE for left, right in pairwise(places)]
        far = [i for i, gap in enumerate(gaps) if gap == pytest.approx(FAR, abs=0.2)]
        assert far == [i for i in range(7) if (i + 1) % way.chips == 0]
        assert all(g == pytest.approx(NEAR, abs=0.2) for i, g in enumerate(gaps) if i not in far)


def test_what_has_no_room_says_so():
    figure = copies_or_groups(cases("llama-3-70b"))
    assert "8 × TP1 do not fit" in figure.alt


def test_refusals():
    with pytest.raises(ValueError, match="at least one batch"):
        copies_or_groups([])
    few, many = cases()
    with pytest.raises(ValueError, match="the same ways"):
        copies_or_groups([few, many[1:]])
