import re

import pytest

from tokenworks.figures.box import Box
from tokenworks.figures.plane import Plane, axes, spread
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import NARROW, WIDE, Scene

LOG = (Scale(1, 1000, "log"), Scale(1, 100, "log"))


@pytest.fixture
def plane():
    return Plane(Scene(NARROW), Box(50, 10, 200, 100), *LOG)


def test_points_lie_where_the_scales_say(plane):
    assert plane.at(1, 1) == (50, 110)
    assert plane.at(1000, 100) == (250, 10)
    assert plane.at(10, 10) == pytest.approx((50 + 200 / 3, 60))


def test_a_curve_is_known_to_the_words_and_a_hollow_dot_is_paper(plane):
    plane.curve([(1, 1), (1000, 100)], "1")
    assert plane.scene.strokes == [((50, 110), (250, 10))]
    plane.dot((10, 10), "2")
    plane.dot((10, 10), "2", hollow=True)
    assert 'class="f-2 s-paper"' in plane.scene.parts[1]
    assert 'class="f-paper s-2"' in plane.scene.parts[2]


def test_words_do_not_stand_on_a_mark_that_is_kept_free(plane):
    assert plane.scene.is_free(Box(*plane.at(10, 10), 30, 12))
    plane.keep_free((12, 9))
    assert not plane.scene.is_free(Box(*plane.at(10, 10), 30, 12))


def test_a_level_is_dashed_and_its_words_avoid_the_curve(plane):
    plane.curve([(1, 12), (10, 12)], "1")  # where the words would stand first
    plane.level(10, "limit")
    assert "s-floor dash" in plane.scene.parts[1]
    assert plane.scene.words[0].box.x > plane.at(10, 1)[0]
    assert plane.scene.troubles() == []


def test_names_stand_near_their_points_and_apart(plane):
    for i in range(6):
        plane.name((2.0**i, 2.0**i), f"name {i}")
    assert plane.scene.troubles() == []
    assert abs(plane.scene.words[0].box.x - plane.at(1, 1)[0]) < 20


def test_too_many_names_are_refused(plane):
    with pytest.raises(ValueError, match="no room for the label"):
        assert [plane.name((10, 10), f"the same place {i}") for i in range(80)]


def test_names_at_the_ends_stand_in_the_margin_in_the_order_of_their_lines(plane):
    plane.end_names([(60, "middle", "1"), (62, "below", "2"), (12, "top", "3")], 60)
    words = {each.text: each.box for each in plane.scene.words}
    assert words["top"].y < words["middle"].y < words["below"].y
    assert all(box.x > 250 for box in words.values())
    assert plane.scene.troubles() == []


def test_stretches_move_apart_about_their_middle_and_no_farther():
    assert spread([0, 50], [10, 10]) == [0, 50]
    assert spread([0, 4], [10, 10]) == [-3, 7]
    assert spread([0, 4, 100], [10, 10, 5]) == [-3, 7, 100]
    assert spread([0, 0, 0], [6, 6, 6]) == [-6, 0, 6]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_axes_frame_a_plane_with_round_ticks_and_labels(width):
    scene = Scene(width)
    outer = Box(0, 0, width - 40, 250)
    drawn = axes(scene, outer, LOG, labels=("users", "tokens/s"))
    ticks = [words.text for words in scene.words if words.role == "tick"]
    assert sorted(ticks) == sorted(["1", "10", "100", "1", "10", "100", "1,000"])
    assert [words.text for words in scene.words if words.role == "note"] == ["tokens/s", "users"]
    assert drawn.box.right == outer.right
    assert scene.low <= outer.bottom
    assert scene.troubles() == []
    assert len(re.findall(r"s-line", "".join(scene.parts))) == 3, "a thin line at each height"


def test_units_say_what_counts_as_1_at_the_ticks():
    scene = Scene(WIDE)
    scales = Scale(0, 2e-3), Scale(0, 3e12)
    axes(scene, Box(0, 0, 600, 200), scales, labels=("ms", "T"), units=(1e-3, 1e12))
    ticks = [words.text for words in scene.words if words.role == "tick"]
    assert {"1", "2", "3"} <= set(ticks)
    assert not any(len(tick) > 4 for tick in ticks)
