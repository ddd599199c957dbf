"""A cluster at the wheel: a change takes effect at its moment, and nobody is lost."""

import pytest

from tokenworks.cockpit.driven import Cockpit, forget_before
from tokenworks.cockpit.frames import frame
from tokenworks.cockpit.script import Script
from tokenworks.cockpit.settings import Settings


def test_a_change_takes_effect_at_its_moment_and_not_before():
    script = Script.from_dict({"changes": [[2, {"set": {"chips": 4, "rate": 50}}]]})
    run = Cockpit(script)
    run.run_to(2)
    assert (run.settings, len(run.cluster.replicas)) == (Settings(), 1)
    run.run_to(2.001)
    assert run.settings == Settings(chips=4, rate=50)
    assert len(run.cluster.pools[0].ready) == 4


def test_a_replica_that_fails_loses_nobody():
    script = Script.from_dict(
        {"changes": [[0, {"set": {"chips": 2, "rate": 30}}], [2, {"fail": 0}]]}
    )
    run = Cockpit(script)
    run.run_to(3)
    assert run.cluster.replicas[0].state == "starting"
    assert [each["state"] for each in frame(run, 3.0)["replicas"]] == ["restarting", "ready"]
    assert run.cluster.retries.total() > 0
    assert run.arrived == run.queued + run.in_batches + run.done
    run.run_to(63)
    assert [each["state"] for each in frame(run, 63.0)["replicas"]] == ["ready", "ready"]


def test_a_failure_of_a_replica_that_left_does_nothing():
    rows = [[0, {"set": {"chips": 2}}], [1, {"set": {"chips": 1}}], [2, {"fail": 9}]]
    run = Cockpit(Script.from_dict({"changes": rows}))
    run.run_to(3)
    assert [each["state"] for each in frame(run, 3.0)["replicas"]] == ["ready"]


def test_steps_of_long_ago_are_forgotten():
    class Old:
        def __init__(self, end_seconds):
            self.end_seconds = end_seconds

    steps = [Old(1), Old(2), Old(3)]
    forget_before(steps, 2)
    assert [each.end_seconds for each in steps] == [2, 3]
    forget_before(steps, 9)
    assert steps == []


BUSY = {"rate": 60.0, "chips": 4, "shared_prefix": 2000}


@pytest.mark.parametrize(
    ("what", "chips"),
    [
        ({"fail": 1}, 3.5),  # one of four, paid for half the time
        ({"set": {"chips": 8}}, 6),
        ({"set": {"chips": 8, "chips_per_replica": 2}}, 6),  # each has its own number of chips
        ({"set": {"chips": 1}}, 4),  # those that go finish what they have
    ],
    ids=str,
)
def test_what_stops_or_changes_within_a_half_second_is_paid_for_as_long_as_it_was_up(what, chips):
    rows = [[0, {"set": BUSY}], [19.75, what]]
    run = Cockpit(Script.from_dict({"changes": rows}))
    run.run_to(20)
    last = run.window.ticks[-1]
    assert last.chip_seconds == pytest.approx(chips * 0.5)
    assert last.busy_seconds <= last.up_seconds + 1e-9


def test_nothing_works_longer_than_it_is_paid_for():
    """Not even where all replicas die within ten seconds, one after the other."""
    rows = [[10.3 + number, {"fail": number}] for number in range(4)]
    run = Cockpit(Script.from_dict({"changes": [[0, {"set": BUSY}], *rows]}))
    for second in range(11, 24):
        run.run_to(second)
        assert (run.board["utilisation"] or 0.0) <= 1 + 1e-9, second
