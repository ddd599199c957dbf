"""SIM-10 in a browser: counters, cells and block tables are those of the library's run."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, WAYS, count_of, hurry, press, put, set_control, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.block_table import COUNTS, GRID, run_of, shown_at, summary
from tokenworks.widgets.memory_steps import sequences

pytestmark = pytest.mark.browser
DRAWN = """(root) => ({
  cells: [...root.querySelectorAll("[data-at]")].map((cell) => cell.dataset.at),
  blocks: [...root.querySelectorAll("[data-cell^=block-]")].map((cell) => cell.textContent),
})"""


def check(element, state, cursor, *, sequence=0):
    shown, want = dict(element.evaluate(RAW)), shown_at(cursor, **state)
    for name in ("running", *COUNTS):
        assert shown[name] == [want[name], kit.count_text(want[name])], name
    for memory in GRID["memory"]:
        for name, value in summary(state | {"memory": memory}).items():
            text = kit.probability_text if name == "share" else kit.count_text
            assert shown[f"{name}-{memory}"] == [value, text(value)]
    drawn, paged = element.evaluate(DRAWN), state["memory"] == "paged"
    holds = [at.split()[-1] if at else "" for at in drawn["cells"]]
    names = {"used": "token", "reserved": "later", "internal": "never"}
    assert {name: holds.count(told) for name, told in names.items()} == {
        name: want[name] for name in names
    }
    tokens, blocks = want["tables"].get(sequence, (0, []))
    if paged:
        assert drawn["blocks"] == list(map(str, blocks))
    elif blocks:
        assert drawn["blocks"] == [f"cells {blocks[0]} to {blocks[-1]}"]
    size = state["block_size"] if paged else 1
    for position in range(tokens):
        cell = blocks[position // size] * size + position % size
        assert drawn["cells"][cell].endswith("token")


@pytest.mark.parametrize("way", WAYS)
def test_every_step_is_the_librarys(visit, way):
    element, random = widget_on(visit(way), "block_table"), Random(4)
    for _ in range(count_of(way, 15)):
        state = {name: random.choice(values) for name, values in GRID.items()}
        put(element, GRID, {"memory": "paged"} | state)
        asked = sequences(state["lengths"], answers=state["answers"], shared_prefix=False)
        sequence = random.randrange(len(asked))
        set_control(element, "sequence", range(99), value=sequence)
        hurry(element, "Start over", 1)
        cursor = random.randrange(len(run_of(state)))
        hurry(element, "Step", cursor)
        check(element, state, cursor, sequence=sequence)


def test_a_copy_is_told_and_a_shared_block_is_marked(visit):
    element = widget_on(visit("file"), "block_table")
    put(element, GRID, {"lengths": "alike", "answers": 4, "block_size": 8})
    press(element, "Step")
    said = element.locator("[aria-live]").text_content()
    assert "A2 is about to write into block 1, which others read: it gets a copy, block " in said
    assert "×4" in element.locator(".tw-board").text_content()
    set_control(element, "memory", GRID["memory"], value="exact")
    assert element.get_by_label("Block size").is_disabled()
    assert element.get_by_label("Prompts").get_attribute("title") == (
        "Only blocks can be shared and sized."
    )
    put(element, GRID, {"lengths": "mixed", "answers": 1})
    state = {"memory": "exact", "block_size": 8, "lengths": "mixed", "answers": 1}
    moments = run_of(state | {"arrivals": "in turn", "shared_prefix": False})
    at = next(i for i, moment in enumerate(moments) if moment.external)
    press(element, "Step", at)
    free = moments[at].external
    said = element.locator("[aria-live]").text_content()
    assert f"{free} cells are free, but no gap is long enough for the first." in said


def test_python_may_change_the_setting_under_a_chosen_sequence(visit):
    page = visit("live")
    element = widget_on(page, "block_table")
    page.evaluate(
        "models.block_table.set('state', {...models.block_table.get('state'), "
        "answers: 4, sequence: 11})"
    )
    assert "A4" in element.get_by_label("Block table of").inner_text()
    page.evaluate(
        "models.block_table.set('state', {...models.block_table.get('state'), answers: 1})"
    )
    assert "H: 14 prompt tokens, 12 answer tokens; not here yet." in element.inner_text()


def test_the_keyboard_steps_to_the_end(visit):
    page = visit("http")
    element = widget_on(page, "block_table")
    element.get_by_label("Block size").focus()
    page.keyboard.press("End")
    state = {"memory": "paged", "block_size": 16, "lengths": "mixed", "answers": 1}
    state |= {"arrivals": "in turn", "shared_prefix": False}
    element.get_by_role("button", name="To the end").focus()
    page.keyboard.press("Enter")
    check(element, state, 10**6)
    assert element.get_by_role("button", name="Step", exact=True).is_disabled()
