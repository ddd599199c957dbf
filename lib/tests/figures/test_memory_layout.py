import re

import pytest

from tokenworks.figures import Part, memory_bar
from tokenworks.figures.box import Box
from tokenworks.figures.memory_layout import labels_below, memory_row
from tokenworks.figures.scene import NARROW, WIDE, Scene

PARTS = [
    Part(141.1e9, "weights", "weights, 141.1 GB, shared by everybody|weights, 141.1 GB"),
    Part(4e9, "runtime", "runtime, 4 GB"),
    Part(1.34e9, "kv", "1.34 GB each", count=10),
]


def test_parts_are_to_scale_in_order():
    scene = Scene(WIDE)
    boxes = memory_row(scene, Box(0, 0, 160, 40), PARTS, capacity=160e9)
    assert [box.w for box in boxes] == pytest.approx([141.1, 4, 13.4])
    assert [box.x for box in boxes] == pytest.approx([0, 141.1, 145.1])
    assert sum('class="f-kv"' in part for part in scene.parts) == 10


def test_two_memories_share_a_scale():
    scene = Scene(WIDE)
    one = memory_row(scene, Box(0, 0, 400, 40), [Part(10, "kv")], capacity=40, scale_bytes=80)
    assert one[0].w == 50
    frames = re.findall(r'width="([\d.]+)"', scene.parts[0])
    assert frames == ["200"]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_words_that_do_not_fit_go_below_and_touch_nothing(width):
    scene = Scene(width)
    memory_row(scene, Box(1, 0, width - 2, 50), PARTS, capacity=160e9)
    below = [words for words in scene.words if words.box.y > 50]
    assert [words.text for words in below] == ["runtime, 4 GB", "1.34 GB each"]
    assert scene.troubles() == []


def test_waste_is_hatched_and_named_over_it():
    scene = Scene(WIDE)
    memory_row(scene, Box(1, 0, 600, 50), [Part(90, "hatch", "reserved, empty")], capacity=100)
    assert not any("f-hatch" in part for part in scene.parts)
    assert 'f-none s-waste"' in "".join(scene.parts)
    assert scene.words[0].halo


def test_a_crowd_of_labels_finds_room_and_too_large_a_crowd_is_refused():
    scene = Scene(NARROW)
    labels_below(scene, 0, [(x, f"label {x}") for x in (20, 40, 60, 250, 270, 290, 310)])
    assert scene.troubles() == []
    with pytest.raises(ValueError, match="no room below"):
        labels_below(Scene(NARROW), 0, [(300 + i, f"a long label {i}") for i in range(12)])


def test_the_bar_carries_its_numbers():
    bar = memory_bar(PARTS, capacity=160e9, title="two A100s", alt="A bar.")
    assert bar.numbers["capacity"] == 160e9
    assert bar.numbers["1.34 GB each, slots"] == 10
    assert "two A100s, 160 GB" in bar.printed
    assert "1.34 GB each" in repr(bar)
    with pytest.raises(ValueError, match=r"141\.1 GB"):
        memory_bar([Part(14e9, "kv", PARTS[0].words)], capacity=160e9, title="t", alt="A bar.")
