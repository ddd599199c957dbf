"""SIM-10: what is written down as changes is the library's run, and paging serves more at once."""

from itertools import product

import pytest

from tokenworks.widgets.block_table import (
    GRID,
    LABELS,
    block_table,
    changes,
    recorded,
    run_name,
    run_of,
    shown_at,
    summary,
    tabulated,
)
from tokenworks.widgets.memory_steps import sequences

STATE = {"memory": "paged", "block_size": 4, "lengths": "mixed", "answers": 1}
STATE |= {"arrivals": "in turn", "shared_prefix": False}
STATES = [dict(zip(GRID, values, strict=True)) for values in product(*GRID.values())]


def played(state, cursor):
    """Play the changes back, as block_table.js does."""
    inside = {}
    for left, tables, *_ in tabulated()["runs"][run_name(state)]["steps"][: cursor + 1]:
        for sequence in left:
            del inside[sequence]
        for seat in inside.values():
            seat[0] += 1
        for sequence, tokens, at, *told in tables:
            piece = state["memory"] != "paged"
            blocks = list(range(told[0], told[0] + told[1])) if piece else told
            if tokens:
                inside[sequence] = [tokens, blocks]
            else:
                inside[sequence][1] = inside[sequence][1][:at] + blocks
    return {sequence: tuple(seat) for sequence, seat in inside.items()}


def test_what_is_played_back_is_the_run():
    seen = set()
    for state in STATES:
        if run_name(state) in seen:
            continue
        seen.add(run_name(state))
        for cursor in range(len(run_of(state))):
            assert played(state, cursor) == shown_at(cursor, **state)["tables"], (state, cursor)
    assert seen == set(tabulated()["runs"])


def test_answers_to_one_prompt_share_its_number_and_nobody_else_has_it():
    for name, listed in tabulated()["sequences"].items():
        numbers = [number for *_, number in listed]
        answers = int(name.rpartition("-")[2])
        assert numbers == [i // answers for i in range(len(listed))]
        assert [one for one, *_ in listed[::answers]] == list("ABCDEFGH")[: numbers[-1] + 1]


def test_paging_serves_the_same_requests_sooner():
    for state in STATES:
        if state["memory"] != "paged" or state["block_size"] > 8:
            continue
        pieces = [summary(state | {"memory": memory}) for memory in ("power", "most")]
        found = summary(state)
        assert all(found["steps"] <= one["steps"] for one in pieces)
        assert all(found["most"] >= one["most"] for one in pieces)


def test_one_run_by_hand():
    first, second = (shown_at(cursor, **STATE) for cursor in (0, 1))
    assert first["tables"] == {0: (9, [0, 1, 2])}
    assert (first["used"], first["reserved"], first["internal"]) == (9, 3, 0)
    assert second["running"] == 3
    asked = sequences("mixed", answers=1, shared_prefix=False)
    moments = recorded("paged", 4, ("mixed", "in turn", 1, False))
    assert changes(moments[:1], asked, 4) == [[[], [[0, 9, 0, 0, 1, 2]], [], [], [9, 3, 0, 0, 0]]]
    assert shown_at(10**6, **STATE) == shown_at(len(moments) - 1, **STATE)


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="block_size = 3 is not recorded; choose from 2, 4, 8, 16"):
        block_table(block_size=3)
    with pytest.raises(TypeError, match=r"unknown controls \['n'\]; known: lengths, arrivals"):
        block_table(n=4)


def test_text_forms():
    widget = block_table()
    assert repr(widget) == (
        "BlockTable(memory='paged', block_size=4, lengths='mixed', arrivals='in turn', "
        "answers=1, shared_prefix=False)"
    )
    assert (
        "8 sequences (mixed lengths, one answer to a prompt, all in turn) in 128 cells"
        in widget.fallback()
    )
    assert widget.fallback().count("<tr>") == 1 + len(LABELS)
    assert len(widget.static_html()) < 110_000


def test_it_opens_on_the_step_that_is_asked_for():
    assert block_table("most", step=3).state["cursor"] == 2
    for step in (3, 5, 9):
        opened = block_table("most", step=step).state
        here = shown_at(**opened)["tables"]
        assert opened["sequence"] == min(here), "a sequence that is in memory, not one that is done"
    assert block_table().state["cursor"] == 0
    last = len(run_of({**STATE, "memory": "most"}))
    assert block_table("most", step=last).state["cursor"] == last - 1
    with pytest.raises(ValueError, match=f"step must be a whole number from 1 to {last}"):
        block_table("most", step=last + 1)
