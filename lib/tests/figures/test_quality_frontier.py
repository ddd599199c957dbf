"""The frontier of size and quality: what no other row beats, named and joined."""

import re

import pytest

from tokenworks.figures import Quality, quality_by_bytes
from tokenworks.figures.quality_frontier import frontier

ROWS = [
    Quality("RTN 4", "RTN", 71e6, 47.5),
    Quality("AWQ 4", "AWQ", 72e6, 27.0),
    Quality("RTN 3", "RTN", 58e6, 2417),
    Quality("AWQ 3", "AWQ", 58e6, 52.7),
    Quality("RTN 8", "RTN", 143e6, 19.0),
    Quality("worse 8", "AWQ", 150e6, 19.5),
]


def test_the_frontier_is_what_no_other_row_beats():
    assert [row.label for row in frontier(ROWS)] == ["AWQ 3", "RTN 4", "AWQ 4", "RTN 8"]
    assert [row.label for row in frontier(ROWS[:1])] == ["RTN 4"]


def test_every_row_is_a_dot_and_those_of_the_frontier_are_listed():
    figure = quality_by_bytes(ROWS)
    for svg in (figure.wide, figure.narrow):
        assert svg.count("s-paper") == len(ROWS)
        for letter, row in zip("abcd", frontier(ROWS), strict=True):
            assert svg.count(f">{letter}</text>") == 2  # at the dot and in the list
            assert f">{row.label}: " in svg
        assert ">worse 8" not in svg
    assert "RTN 3 58 MB, perplexity 2,417" in figure.alt


def test_the_line_goes_right_at_a_perplexity_until_a_larger_model_has_less():
    for svg in (quality_by_bytes(ROWS).wide, quality_by_bytes(ROWS).narrow):
        (path,) = re.findall(r'd="M[\d.]+ [\d.]+((?:H[\d.]+V[\d.]+)+)H[\d.]+"', svg)
        steps = [(float(x), float(y)) for x, y in re.findall(r"H([\d.]+)V([\d.]+)", path)]
        assert len(steps) == len(frontier(ROWS))
        assert steps == sorted(steps), "larger to the right, better further down"
        for x, y in steps:
            assert f'd="M{x - 4.5:.1f} {y:.1f}a' in svg, "each corner is a row's dot"


def test_rows_far_above_stand_hollow_at_the_edge():
    figure = quality_by_bytes(ROWS, most=200)
    assert figure.wide.count("s-paper") == len(ROWS) - 1
    assert figure.wide.count('class="f-paper s-1"') == 1


def test_the_model_as_it_was_is_a_level():
    figure = quality_by_bytes(ROWS, unquantized=18.9912)
    assert ">unquantized: 18.99</text>" in figure.wide
    assert "Unquantized it is 18.99." in figure.alt
    assert "nquantized" not in quality_by_bytes(ROWS).alt


def test_what_is_no_perplexity_is_refused():
    bad = [*ROWS, Quality("broken", "RTN", 1e6, float("inf"))]
    for rows in (ROWS[:1], bad):
        with pytest.raises(ValueError, match="two rows or more, with perplexities from 1 on"):
            quality_by_bytes(rows)
