"""What a run tells, against the same counted from its requests and steps."""

import pytest

from serving.cluster.drawn import ask, config
from tokenworks.serving.cluster.failures import Failure
from tokenworks.serving.cluster.pools import ReplicaPool
from tokenworks.serving.cluster.simulation import simulate_cluster
from tokenworks.serving.metrics import Slo, e2el_seconds, goodput_per_s, ttft_seconds


def run(**given):
    rows = [ask(range(8), 4, at=float(at)) for at in range(6)]
    made = config(step=lambda load: 0.5)
    pool = ReplicaPool(config=made, replicas=2, router="round-robin", saturation=1)
    return simulate_cluster(rows, pool, **given)


def test_the_metrics_take_its_requests():
    told = run()
    assert [ttft_seconds(r) for r in told.requests] == [0.5] * 6
    assert [e2el_seconds(r) for r in told.requests] == [2.0] * 6
    assert goodput_per_s(told.requests, Slo(ttft_seconds=1), window_seconds=told.seconds) == 6 / 7


def test_busy_and_paid_for():
    told = run()
    assert (told.start_seconds, told.end_seconds, told.seconds) == (0.0, 7.0, 7.0)
    assert told.replica_seconds == 14.0
    assert told.utilisation == {0: 6 / 7, 1: 6 / 7}


def test_hits_are_those_of_the_requests():
    told = run()
    read = sum(r.prompt_tokens for r in told.requests)
    assert told.hit_share == sum(r.cached_tokens for r in told.requests) / read == 4 / 6 * 4 / 8


def test_a_failed_replica_stops_being_paid_for():
    told = run(failures=[Failure(replica=1, seconds=2.5)])
    assert told.replica_seconds == pytest.approx(told.seconds + 2.5)
    assert sum(told.retries.values()) == 1
    assert len(told.finished) == 6
    assert told.pools[0].router.last == 0
    told.pools[0].router.spilled = 3
    assert told.spilled == 3


def test_what_fails_when_all_is_over_changes_nothing():
    told = run(failures=[Failure(replica=1, seconds=99.0, recovery_seconds=1.0)])
    assert told.replica_seconds == 2 * told.seconds == 14.0
    assert {each.state for each in told.replicas} == {"ready"}
