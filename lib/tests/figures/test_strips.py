import pytest

from tokenworks.figures.box import Box
from tokenworks.figures.scene import NARROW, WIDE, Scene
from tokenworks.figures.strips import Node, filmstrip, ladder, tree

FRAMES = {"one": 1, "two": 2, "three with a longer caption": 3, "four": 4}


@pytest.mark.parametrize(("width", "across"), [(WIDE, 4), (NARROW, 2)])
def test_frames_stand_in_order_over_their_captions(width, across):
    scene, drawn = Scene(width), []
    low = filmstrip(scene, FRAMES, lambda s, box, n: drawn.append((n, box)), height=40)
    assert [n for n, _ in drawn] == [1, 2, 3, 4]
    assert len({box.x for _, box in drawn}) == across
    for (_, box), words in zip(drawn, scene.words, strict=True):
        assert words.box.y > box.bottom
        assert words.box.bottom <= low
    assert scene.troubles() == []
    arrows = sum("f-muted" in part and "<path" in part for part in scene.parts)
    assert arrows == 4 - 4 // across


def test_a_ladder_has_its_rungs_and_the_way_back():
    scene = Scene(NARROW)
    rungs = [("tokenize", "words", ""), ("prefill", "the prompt", "prefill"), ("decode", "", "")]
    boxes = ladder(scene, Box(0, 0, NARROW, 120), rungs, back="again")
    assert [words.text for words in scene.words][-1] == "again"
    assert boxes[0].bottom < boxes[1].y
    assert boxes[0].right < NARROW - 30
    assert scene.troubles() == []
    assert ladder(Scene(NARROW), Box(0, 0, NARROW, 120), rungs)[0].right == NARROW


def test_a_tree_writes_every_node_once_and_children_to_the_right():
    root = Node("root", "", (Node("a", "kv", (Node("b", "kv"), Node("c"))), Node("d")))
    assert root.leaves == 3
    scene = Scene(NARROW)
    tree(scene, Box(0, 0, NARROW, 120), root)
    x = {words.text: words.box.x for words in scene.words}
    assert x["root"] < x["a"] < x["b"]
    assert sorted(x) == ["a", "b", "c", "d", "root"]
    assert scene.troubles() == []


def test_a_tree_too_wide_is_refused():
    deep = Node("a long name of it", "", (Node("another long name", "", (Node("and more yet"),)),))
    with pytest.raises(ValueError, match="3 levels needs more than 200 px"):
        tree(Scene(NARROW), Box(0, 0, 200, 50), deep)
