import pytest

from tokenworks.figures.box import Box, Words, troubles

FRAME = Box(0, 0, 100, 50)
A = Words("a", Box(10, 10, 20, 10), "label")


def test_edges_and_middles():
    box = Box(10, 20, 30, 40)
    assert (box.right, box.bottom, box.cx, box.cy) == (40, 60, 25, 40)


@pytest.mark.parametrize(
    ("start", "end", "crosses"),
    [
        ((0, 15), (100, 15), True),
        ((0, 0), (100, 50), True),
        ((0, 9), (100, 9), False),
        ((20, 0), (20, 50), True),
        ((20, 0), (20, 9), False),
        ((0, 15), (9, 15), False),
        ((15, 12), (18, 14), True),
        ((0, 30), (30, 60), False),
    ],
)
def test_a_stroke_through_a_box(start, end, crosses):
    assert A.box.crossed(start, end) is crosses
    assert A.box.crossed(end, start) is crosses


def test_words_apart_are_no_trouble():
    b = Words("b", Box(30.4, 10, 20, 10), "label")
    assert troubles(FRAME, [A, b], fills=[Box(0, 0, 100, 50)], strokes=[((0, 30), (100, 30))]) == []


@pytest.mark.parametrize(
    ("words", "around", "said"),
    [
        ([A, Words("b", Box(25, 15, 20, 10), "label")], ([], []), "'b' overlaps 'a'"),
        ([Words("b", Box(90, 0, 20, 10), "label")], ([], []), "'b' leaves the drawing"),
        ([A], ([Box(0, 0, 20, 50)], []), "'a' crosses the edge of a shape"),
        ([A], ([], [((0, 15), (50, 15))]), "'a' is crossed by a line"),
    ],
)
def test_each_trouble_is_named(words, around, said):
    fills, strokes = around
    assert troubles(FRAME, words, fills=fills, strokes=strokes) == [said]


def test_a_halo_lets_a_line_pass_behind():
    halo = Words("a", A.box, "label", halo=True)
    assert troubles(FRAME, [halo], fills=[], strokes=[((0, 15), (50, 15))]) == []
