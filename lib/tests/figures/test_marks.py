import re

import pytest

from tokenworks.figures.box import Box
from tokenworks.figures.marks import arrow, bracket, dot, hatch, key, pipe, squares
from tokenworks.figures.scene import NARROW, Scene


@pytest.fixture
def scene():
    return Scene(NARROW)


def numbers(part):
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", re.search(r' d="([^"]*)"', part)[1])]


def test_an_arrow_ends_at_its_end_and_its_stroke_is_known(scene):
    arrow(scene, (10, 20), (110, 20))
    assert numbers(scene.parts[1])[:2] == [110, 20]
    ((start, neck),) = scene.strokes
    assert start == (10, 20)
    assert 100 < neck[0] < 110


def test_a_bent_arrow_leaves_the_straight_way(scene):
    arrow(scene, (10, 100), (110, 100), bend=20)
    heights = [y for stroke in scene.strokes for _, y in stroke]
    assert max(abs(y - 100) for y in heights) == pytest.approx(10, abs=1)


@pytest.mark.parametrize(("start", "end"), [(0, 20), (100, 200), (300, 328)])
def test_the_words_of_a_bracket_stay_in_the_drawing(scene, start, end):
    box = bracket(scene, (start, end), "a long label for it", y=10)
    assert box.x >= 0
    assert box.right <= NARROW
    assert not scene.troubles()
    if start == 100:
        assert box.cx == 150


def test_words_above_a_bracket_stand_above_it(scene):
    assert bracket(scene, (100, 200), "words", y=60, side="above").bottom < 60


def test_hatching_stays_inside(scene):
    hatch(scene, Box(10, 20, 50, 30))
    values = numbers(scene.parts[0])
    assert len(values) > 20
    assert all(10 <= x <= 60 for x in values[0::2])
    assert all(20 <= y <= 50 for y in values[1::2])


def test_as_many_squares_as_asked_and_the_box_of_the_grid(scene):
    box = squares(scene, (5, 5), 108, columns=12, size=4, gap=1)
    assert scene.parts[0].count("M") == 108
    assert (box.w, box.h) == (12 * 5 - 1, 9 * 5 - 1)
    squares(scene, (5, 5), 2, columns=12, size=4, first=11)
    assert re.findall(r"M([\d. ]+)h", scene.parts[1]) == ["60.0 5.0", "5.0 10.0"]


def test_a_pipe_is_as_wide_as_it_is_told(scene):
    pipe(scene, (0, 50), (100, 50), thick=20, fill="weights", head=False)
    heights = numbers(scene.parts[0])[1::2]
    assert max(heights) - min(heights) == 20


def test_a_key_wraps_and_shows_waste_hatched(scene):
    names = {f"meaning number {i}": "weights" for i in "abc"} | {"waste": "hatch"}
    low = key(scene, (0, 0), names)
    assert len({words.box.y for words in scene.words}) > 1
    assert low >= max(words.box.bottom for words in scene.words)
    assert not scene.troubles()


def test_a_dot_is_as_wide_as_tall_around_its_point(scene):
    dot(scene, (20, 30), "1")
    dot(scene, (20, 30), "3", hollow=True)
    left, middle, *rest = numbers(scene.parts[0])
    assert (2 * (20 - left), middle) == (9, 30)
    assert rest[:2] == [4.5, 4.5]
    assert scene.low == 34.5
    assert numbers(scene.parts[1]) == numbers(scene.parts[0])
    assert scene.parts[1] != scene.parts[0]
