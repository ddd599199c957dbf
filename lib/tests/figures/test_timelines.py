import pytest

from tokenworks.figures.box import Box
from tokenworks.figures.scene import NARROW, Scene
from tokenworks.figures.timelines import Span, lanes, time_axis

ROWS = {
    "first": [Span(0, 0.5, "prefill", "prefill"), Span(0.5, 2, "decode", "decode")],
    "second": [Span(0, 1, "hatch", "waits"), Span(1, 2, "weights", "busy", faint=True)],
}


@pytest.fixture
def scene():
    return Scene(NARROW)


def test_spans_are_to_scale_beside_their_names(scene):
    at = lanes(scene, Box(0, 0, NARROW, 60), ROWS, end=2)
    assert at(2) == NARROW
    assert at(1) - at(0) == pytest.approx(at(2) - at(1))
    names = [words for words in scene.words if words.text in ROWS]
    assert len(names) == 2
    assert all(words.box.right < at(0) for words in names)
    assert scene.troubles() == []


def test_words_that_do_not_fit_are_left_out(scene):
    lanes(scene, Box(0, 0, NARROW, 60), {"a": [Span(0, 0.01, "prefill", "prefill|p")]}, end=2)
    assert [words.text for words in scene.words] == ["a"]


def test_lanes_without_names_take_the_whole_width(scene):
    assert lanes(scene, Box(10, 0, 300, 20), {" ": [Span(0, 1, "decode")]}, end=1)(0) == 10


def test_the_axis_has_round_ticks_with_the_unit_at_the_last(scene):
    at = lanes(scene, Box(0, 0, NARROW, 60), ROWS, end=2)
    low = time_axis(scene, at, y=66, end=2)
    ticks = [words.text for words in scene.words if words.role == "tick"]
    assert ticks == ["0", "0.5", "1", "1.5", "2 s"]
    assert low > 66
    assert scene.troubles() == []


def test_the_axis_counts_in_its_unit(scene):
    time_axis(scene, lambda time: 10 + time * 10_000, y=0, end=0.03, unit="ms")
    assert [words.text for words in scene.words] == ["0", "10", "20", "30 ms"]
