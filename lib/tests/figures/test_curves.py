import pytest

from tokenworks.figures.curves import curves

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
