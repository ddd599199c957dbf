"""The puzzles: each has something to find, and no schedule by rule finds it."""

import pytest

from tokenworks.widgets.hand_schedule import best, position, scheduled
from tokenworks.widgets.schedule_puzzle import TRACES, schedule_puzzle, tabulated


@pytest.mark.parametrize("name", TRACES)
def test_optimum_beats_continuous_beats_static(name):
    table, trace = tabulated()["puzzles"][name], TRACES[name]
    totals = table["totals"]
    assert totals["optimum"] < totals["continuous"] < totals["static"]
    assert totals["optimum"] == best(trace)[0] == position(trace, table["moves"]).total
    assert totals["continuous"] == scheduled(trace, "continuous")[0]
    assert totals["static"] == scheduled(trace, "static")[0]
    assert trace.jobs == tuple(sorted(trace.jobs, key=lambda job: job.arrival))


def test_the_best_may_leave_a_slot_empty_for_what_comes():
    trace = TRACES["more-to-come"]
    at = position(trace, [])
    for move in tabulated()["puzzles"]["more-to-come"]["moves"]:
        waits = [i for i in range(len(trace.jobs)) if not at.refusal(i)]
        if move is None and waits:
            return
        at = at.after(move)
    pytest.fail("the optimum never lets a slot wait")


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="choose from short-and-long, big-prompt, more-to-come"):
        schedule_puzzle("chess")


def test_text_forms():
    widget = schedule_puzzle()
    assert repr(widget) == "SchedulePuzzle(puzzle='short-and-long')"
    assert "Short and long: 2 slots, 12 blocks." in widget.fallback()
    assert "optimum 5.5</caption>" in widget.fallback()
    assert widget.fallback().count("<tr>") == 7
    assert len(widget.static_html()) < 4_000
