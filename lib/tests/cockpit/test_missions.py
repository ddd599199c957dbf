"""Each mission fails as it begins, and the move that is meant passes it."""

import re

import pytest

from tokenworks.cockpit.missions import MISSIONS, judge, mission
from tokenworks.cockpit.script import Change, Script

SLOW = {"breaking-point", "scale"}


@pytest.mark.parametrize("task", MISSIONS, ids=lambda each: each.id)
def test_it_begins_unpassed_and_the_move_passes_it(task):
    begun = Script.of(task.settings)
    moved_at = 12.0
    assert not judge(task.id, begun, moved_at if task.move else 0.0)["passed"]
    made = Script(
        0, (*begun.changes, Change(moved_at, dict(task.move))) if task.move else begun.changes
    )
    found = judge(task.id, made, 32.0 if task.id in SLOW else 45.0)
    assert found["passed"], found["says"]
    assert "\n" not in found["says"]


def test_the_wall_stands_until_the_weights_are_narrower():
    task = mission("model-size")
    start = Script.of(task.settings.but(model="llama-3-70b"))
    assert not judge(task.id, start, 45.0)["passed"]


def test_it_is_said_in_the_words_of_the_page_with_units():
    """No name of a field, no bare number: what the controls and the dashboard are called."""
    start = mission("prefix").settings
    assert mission("prefix").wanted == (
        "first token (TTFT), P99, at most 150 ms; with Prefix caching on, Shared beginning 2,000 "
        "tokens, Requests 10 /s or more, Chips 1"
    )
    says = judge("prefix", Script.of(start), 12.34)["says"]
    assert re.match(
        r"Not yet: first token \(TTFT\), P99, at 12\.3 s: [\d,.]+ ms\. Wanted: at", says
    )
    assert says.endswith("Chips 1. Not set: Prefix caching on.")
    assert "not so" not in judge("prefix", Script.of(start.but(prefix_caching=True)), 5)["says"]
    assert "nobody waits" in judge("breaking-point", {}, 5)["says"]
    assert "not known yet" in judge("speculation", {}, 0)["says"]
    for task in MISSIONS:
        said = f"{task.title} {task.task} {task.wanted}"
        assert "GPU" not in said
        assert not re.search(r"[a-z]_[a-z]|\d\.0\b|h100-sxm|llama-3-|P99 in", said), said


def test_it_is_judged_when_the_last_change_has_settled():
    assert " at 30 s" in judge("prefix", {})["says"]
    script = {"changes": [[2, {"set": {"rate": 2}}]]}
    assert " at 22 s" in judge("prefix", script)["says"]
    with pytest.raises(ValueError, match="no mission 'fly'; there are baseline, "):
        judge("fly", {})
