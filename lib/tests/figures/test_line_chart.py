import re

import pytest

from tokenworks.figures.line_chart import curves

LABELS = {"title": "T", "xlabel": "batch", "ylabel": "FLOP/B", "alt": "two rising lines"}


def test_each_line_and_level_is_named_in_both_layouts():
    chart = curves({"a": [(1, 1), (10, 5)], "b": [(1, 2)]}, levels={"ridge": 9}, **LABELS)
    for svg in (chart.wide, chart.narrow):
        assert all(f">{name}<" in svg for name in ("a", "b", "ridge", "batch", "FLOP/B"))
        assert ">10<" in svg, "ticks are plain numbers"


def test_other_points_draw_another_line():
    assert curves({"a": [(1, 1), (10, 5)]}, **LABELS) != curves({"a": [(1, 1), (10, 9)]}, **LABELS)


@pytest.mark.parametrize("lines", [{}, {"a": []}])
def test_nothing_to_draw_is_refused(lines):
    with pytest.raises(ValueError, match="at least one"):
        curves(lines, **LABELS)


def test_an_axis_within_one_decade_has_ticks_all_the_same():
    svg = curves({"a": [(12, 1), (70, 1000)]}, **LABELS).wide
    assert all(f">{tick}<" in svg for tick in ("20", "50", "10", "100"))
    assert ">200<" not in svg, "decades are enough where there are several"


def test_a_linear_axis_begins_at_zero():
    svg = curves({"a": [(1, 2), (12, 6)]}, scale="linear", **LABELS).wide
    assert all(f">{tick}<" in svg for tick in ("0", "2", "4", "6"))


def test_points_stand_in_proportion_to_their_logarithms():
    path = re.search(
        r'<path d="(M[^"]*)"[^>]*s-1', curves({"a": [(1, 1), (10, 1), (100, 1)]}, **LABELS).wide
    )[1]
    left, middle, right = (float(x) for x in re.findall(r"[ML]([\d.]+) ", path))
    assert middle - left == pytest.approx(right - middle, abs=0.2)


def test_a_name_stands_in_the_colour_of_its_line_beside_its_end():
    lines = {"low": [(1, 1), (10, 2)], "high": [(1, 4), (10, 80)]}
    svg = curves(lines, colours={"low": "decode"}, **LABELS).wide
    assert re.search(r'class="f-decode b">low<', svg)
    assert re.search(r'class="f-2 b">high<', svg)
    heights = {
        name: float(re.search(rf'y="([\d.]+)"[^>]*>{name}<', svg)[1]) for name in ("low", "high")
    }
    assert heights["high"] < heights["low"]


def test_floors_are_dashed_and_an_end_is_a_dot():
    lines = {"a": [(1, 1), (10, 5)], "b": [(1, 2), (10, 9)]}
    svg = curves(lines, floors=["a"], end="the memory is full", **LABELS).wide
    assert svg.count("dash") == 1
    assert len(re.findall(r"a4.5 4.5 0 1 0 9(?:.0)? 0", svg)) == 3, (
        "two ends, and the one that is explained"
    )
    assert ">the memory is full<" in svg


def test_a_line_that_ends_early_is_named_at_its_end_and_the_others_beside_the_chart():
    figure = curves({"a": [(1, 1), (100, 5)], "b": [(1, 2), (3, 2)]}, **LABELS)
    at = {
        name: float(re.search(rf'<text x="([\d.]+)"[^>]*>{name}<', figure.wide)[1]) for name in "ab"
    }
    assert at["b"] < 350
    assert at["a"] > 650


def test_a_crowd_of_names_is_placed_without_touching():
    lines = {f"line {i}": [(1, 1 + i / 9), (10, 5 + i)] for i in range(6)}
    assert curves(lines, **LABELS).narrow.count("b halo") == 6
    with pytest.raises(ValueError, match="leaves the drawing"):
        curves({f"a rather long name {i}": [(1, 1), (2, 1)] for i in range(90)}, **LABELS)
