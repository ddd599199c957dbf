"""Each use of a cell has its own look."""

from tokenworks.figures.box import Box
from tokenworks.figures.cell_uses import USES, fill_use, name_uses
from tokenworks.figures.scene import Scene


def looks(use):
    scene = Scene(700)
    fill_use(scene, Box(0, 0, 30, 20), use)
    return "\n".join(scene.parts)


def test_tokens_tokens_to_come_and_waste_look_different():
    assert 'class="f-kv"' in looks("used")
    assert 'class="f-kv faint"' in looks("reserved")
    assert 'class="f-ink"' in looks("marked")
    wasted = {looks(use) for use in ("internal", "external", "gap")}
    assert len(wasted) == 1, "waste is hatched, whatever its kind"
    assert "s-waste" in wasted.pop()


def test_the_names_wrap_on_a_phone():
    wide, narrow = Scene(700), Scene(328)
    assert name_uses(wide, 0, USES) < name_uses(narrow, 0, USES)
    assert not wide.troubles()
    assert not narrow.troubles()
