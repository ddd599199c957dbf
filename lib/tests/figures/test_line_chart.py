import pytest

from tokenworks.figures.line_chart import curves

LABELS = {"title": "T", "xlabel": "batch", "ylabel": "FLOP/B", "alt": "two rising lines"}


def test_each_line_and_level_is_named():
    svg = curves({"a": [(1, 1), (10, 5)], "b": [(1, 2)]}, levels={"ridge": 9}, **LABELS).svg
    assert all(f">{name}<" in svg for name in ("a", "b", "ridge", "batch", "FLOP/B"))
    assert ">10<" in svg, "ticks are plain numbers"


def test_other_points_draw_another_line():
    assert curves({"a": [(1, 1), (10, 5)]}, **LABELS) != curves({"a": [(1, 1), (10, 9)]}, **LABELS)


@pytest.mark.parametrize("lines", [{}, {"a": []}])
def test_nothing_to_draw_is_refused(lines):
    with pytest.raises(ValueError, match="at least one"):
        curves(lines, **LABELS)


def test_an_axis_within_one_decade_has_ticks_all_the_same():
    svg = curves({"a": [(12, 1), (70, 1000)]}, **LABELS).svg
    assert all(f">{tick}<" in svg for tick in ("20", "50", "10", "100"))
    assert ">200<" not in svg, "decades are enough where there are several"


def test_a_linear_axis_begins_where_the_points_do():
    svg = curves({"a": [(1, 0), (12, 6)]}, scale="linear", **LABELS).svg
    assert all(f">{tick}<" in svg for tick in ("0", "2", "4", "6"))
