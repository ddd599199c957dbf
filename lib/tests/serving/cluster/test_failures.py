"""Failures, planned and drawn."""

import pytest

from tokenworks.serving.cluster.failures import Failure, random_failures


def drawn(seed=1, replicas=200):
    times = {"mean_seconds": 50, "until_seconds": 1000, "recovery_seconds": 10}
    return random_failures(replicas, seed=seed, **times)


def test_drawn_failures_are_as_frequent_as_said_and_never_while_down():
    found = drawn()
    assert len(found) == pytest.approx(200 * 1000 / (50 + 10), rel=0.03)
    assert found == drawn() != drawn(seed=2)
    assert found == sorted(found, key=lambda each: each.seconds)
    last = {}
    for each in found:
        assert each.seconds >= last.get(each.replica, 0.0)
        last[each.replica] = each.seconds + each.recovery_seconds


def test_a_replica_more_changes_nothing_for_the_others():
    assert [each for each in drawn(replicas=3) if each.replica < 2] == drawn(replicas=2)


def test_impossible_failures_are_refused():
    with pytest.raises(ValueError, match="replica must be a whole number from 0"):
        Failure(replica=-1, seconds=0)
    with pytest.raises(ValueError, match="seconds must be a finite number from 0"):
        Failure(replica=0, seconds=-1)
    with pytest.raises(ValueError, match="recovery_seconds must be a finite number from 0"):
        Failure(replica=0, seconds=0, recovery_seconds=-1)
    with pytest.raises(ValueError, match="mean_seconds must be a finite number above 0"):
        random_failures(1, mean_seconds=0, until_seconds=1, seed=0, recovery_seconds=0)
