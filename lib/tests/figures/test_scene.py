import re

import pytest

from tokenworks.figures.box import Box
from tokenworks.figures.scene import NARROW, WIDE, Scene


def test_the_two_layouts_know_what_they_are_and_write_no_text_below_12_px():
    wide, narrow = Scene(WIDE), Scene(NARROW)
    assert wide.wide
    assert not narrow.wide
    for role in ("title", "label", "note", "tick", "value"):
        assert wide.size(role) >= narrow.size(role) >= 12


@pytest.mark.parametrize(("side", "left"), [("start", 100), ("middle", 75), ("end", 50)])
def test_the_side_of_words_says_which_end_stands_at_x(side, left):
    scene = Scene(WIDE)
    box = scene.text((100, 0), "words", side=side)
    assert box.x == pytest.approx(left + (100 - left) * (1 - box.w / 50), abs=0.1)
    assert (f'text-anchor="{side}"' in scene.parts[0]) == (side != "start")


def test_wrapped_words_are_lines_in_one_box():
    scene = Scene(NARROW)
    box = scene.text((0, 0), "several words that need more lines than one", width=120)
    lines = re.findall(r">([^<]+)</text>", "".join(scene.parts))
    assert len(lines) > 1
    assert box.w <= 120
    assert box.h > len(lines) * scene.size()


def test_inside_takes_the_first_choice_that_fits():
    scene = Scene(WIDE)
    box = Box(0, 0, 60, 20)
    assert scene.inside(box, "far too many words", "short")
    assert scene.words[0].text == "short"
    assert not scene.inside(Box(0, 0, 5, 20), "none")
    assert len(scene.words) == 1


def test_words_over_an_edge_of_a_shape_are_a_trouble_and_under_lets_them():
    for under in (False, True):
        scene = Scene(WIDE)
        scene.rect(Box(0, 0, 30, 30), "weights", under=under)
        scene.text((10, 5), "words across")
        assert bool(scene.troubles()) is not under


def test_svg_has_classes_for_colours_and_as_much_room_as_is_drawn():
    scene = Scene(WIDE)
    scene.rect(Box(0, 0, 30, 44), "weights")
    scene.line([(0, 50), (20, 50.04)], "floor", dashed=True)
    scene.text((0, 60), "a < b & c")
    svg = scene.svg("wide")
    assert 'class="f-weights"' in svg
    assert 'class="f-none s-floor dash"' in svg
    assert "a &lt; b &amp; c" in svg
    height = float(re.search(r'viewBox="0 0 700 ([\d.]+)"', svg)[1])
    assert height == pytest.approx(scene.words[0].box.bottom + 1, abs=0.1)
    assert svg == re.sub('-0(?=[ "])', "0", svg)


def test_dots_are_one_thing_that_may_say_what_it_is():
    scene = Scene(WIDE)
    scene.dots([(10, 5), (20, 30)], "1", thick=4, told="a < b")
    scene.dots([(1, 2)], "2", thick=3)
    told, plain = scene.parts
    assert 'd="M10 5h0M20 30h0"' in told
    assert "<title>a &lt; b</title>" in told
    assert "title" not in plain
    assert scene.low == 32
