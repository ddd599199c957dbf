"""Acceptance by place: a chart a kind, lines as high as the shares, one scale for all."""

import re
from dataclasses import replace

import pytest

from tokenworks.data import draft_acceptance
from tokenworks.figures import acceptance_by_place

ROWS = draft_acceptance().rows
DOT = re.compile(r'<path d="M([\d.]+) ([\d.]+)a4.5 [^"]*"[^>]*class="f-(\d) s-paper"')


def heights(svg):
    """Return the height of each dot, px from the top, in the order of the rows."""
    return [float(y) for _, y, _ in DOT.findall(svg)]


@pytest.mark.parametrize("temperature", [0, 1])
def test_dots_stand_as_high_as_the_shares(temperature):
    figure = acceptance_by_place(ROWS, temperature=temperature)
    kinds = list(dict.fromkeys(row.kind for row in ROWS))
    by_kind = [row for kind in kinds for row in ROWS if row.kind == kind]
    shares = [s for row in by_kind for s in (row.overlap if temperature else row.match)]
    found = heights(figure.wide)
    assert len(found) == len(shares) == 48
    low, high = min(range(48), key=shares.__getitem__), max(range(48), key=shares.__getitem__)
    scale = (found[low] - found[high]) / (shares[high] - shares[low])
    for y, share in zip(found, shares, strict=True):
        assert (found[low] - y) / scale == pytest.approx(share - shares[low], abs=0.002)


def test_on_a_phone_the_charts_stand_below_each_other():
    figure = acceptance_by_place(ROWS)
    tops = heights(figure.narrow)[::16]  # of the first dot in each chart
    assert tops == sorted(tops)
    assert tops[2] - tops[0] > 300


def test_the_best_draft_is_printed_and_all_are_told():
    figure = acceptance_by_place(ROWS)
    best = draft_acceptance().row("trained", "code")
    assert figure.numbers["code, a trained layer, guess 1"] == best.match[0]
    for place in (0, 3):
        assert f"{round(100 * best.match[place])} %" in figure.printed
    for row in ROWS:
        assert row.label in figure.alt
        assert f"{row.kind}: " in figure.alt


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="temperature 0 and 1, not at 2"):
        acceptance_by_place(ROWS, temperature=2)
    with pytest.raises(ValueError, match=r"a row for each kind of text: .*copy.* is missing"):
        acceptance_by_place(ROWS[:-1])
    with pytest.raises(ValueError, match="rows to draw"):
        acceptance_by_place([])
    with pytest.raises(ValueError, match="as many guesses"):
        acceptance_by_place([*ROWS[:-1], replace(ROWS[-1], match=(0.5,))])
