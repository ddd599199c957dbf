import re

import pytest

from tokenworks.figures import Column, bars_by_column

COLUMNS = [Column("gap", "ms", "decode", 1), Column("at once", "", "1")]
ROWS = {"as it is": (0.020, 10), "larger": (0.030, 40)}


def widths(svg, fill):
    return [float(w) for w in re.findall(rf'width="([\d.]+)" height="15" class="f-{fill}"', svg)]


def test_each_column_has_a_scale_of_its_own():
    figure = bars_by_column(ROWS, COLUMNS)
    for svg in (figure.wide, figure.narrow):
        first, second = widths(svg, "decode")
        assert first / second == pytest.approx(2 / 3, abs=0.005)
        first, second = widths(svg, "1")
        assert first / second == pytest.approx(1 / 4, abs=0.01)
    assert figure.numbers["larger: gap"] == 0.030
    assert "as it is: gap 20.0 ms, at once 10; larger: gap 30.0 ms, at once 40" in figure.alt
    assert {"20.0 ms", "30.0 ms", "10", "40"} <= set(figure.printed)


def test_a_long_unit_stands_in_the_head_and_a_scale_may_be_shared():
    columns = [Column(name, "tokens/s", "1") for name in ("one", "other")]
    figure = bars_by_column({"a": (10, 40)}, columns, shared=True)
    assert ">one, tokens/s<" in figure.wide
    assert figure.printed == ("10", "40")
    first, second = widths(figure.wide, "1")
    assert first / second == pytest.approx(1 / 4, abs=0.002)


def test_a_stroke_goes_through_every_column_where_the_bar_of_one_row_ends():
    figure = bars_by_column(ROWS, COLUMNS, against="as it is")
    strokes = [float(x) for x in re.findall(r'd="M([\d.]+) [^"]*"[^>]*s-floor', figure.wide)]
    bars = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="15"', figure.wide)
    ends = [float(x) + float(w) for x, w in bars[:2]]
    assert sorted(strokes) == pytest.approx(ends, abs=0.11)


def test_a_group_has_room_above_it():
    plain, grouped = (bars_by_column(ROWS, COLUMNS, groups=groups) for groups in ((), ["larger"]))
    tops = [
        [float(y) for y in re.findall(r'y="([\d.]+)" width="[\d.]+" height="15"', figure.wide)]
        for figure in (plain, grouped)
    ]
    assert [b - a for a, b in zip(*tops, strict=True)] == pytest.approx([0, 0, 9, 9])


def test_rows_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="each row needs 2 values"):
        bars_by_column({"a": (1,)}, COLUMNS)
    with pytest.raises(ValueError, match="'b' is none of the rows"):
        bars_by_column(ROWS, COLUMNS, against="b")


def test_a_bar_is_a_tint_beyond_its_bound_and_a_frame_where_it_stays_below():
    bounds = {"as it is": (0.010, 10), "larger": (0.015, 60)}
    figure = bars_by_column(ROWS, COLUMNS, bounds=bounds)
    for svg in (figure.wide, figure.narrow):
        whole, floor = widths(svg, "decode faint")[0], widths(svg, "decode")[0]
        assert floor / whole == pytest.approx(0.010 / 0.020, abs=0.005)
        assert svg.count("faint") == 2, "the gaps; what is counted stays below its bound"
        frame = re.search(r'width="([\d.]+)" height="14" [^>]*s-1', svg)
        reached = widths(svg, "1")[1]
        assert reached / (reached + float(frame[1])) == pytest.approx(40 / 60, abs=0.02)
    assert "bound of larger: gap 15.0 ms, at once 60" in figure.alt
    assert figure.numbers["bound of larger: gap"] == 0.015
    with pytest.raises(ValueError, match="needs 2 bounds"):
        bars_by_column(ROWS, COLUMNS, bounds={"larger": (0.015, 60)})
    with pytest.raises(ValueError, match="'wider' is none of the rows"):
        bars_by_column(ROWS, COLUMNS, bounds={"larger": (1, 1), "wider": (1, 1)})
