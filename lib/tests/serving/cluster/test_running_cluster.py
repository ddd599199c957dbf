"""Replicas that come and go while requests are on their way."""

from serving.cluster.drawn import ask, config
from tokenworks.serving.cluster.autoscaler import Autoscaler
from tokenworks.serving.cluster.events import EventHeap
from tokenworks.serving.cluster.failures import Failure
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool
from tokenworks.serving.cluster.ports import wire
from tokenworks.serving.cluster.running_cluster import RunningCluster
from tokenworks.serving.cluster.simulation import simulate_cluster


def scaled(rows, failures=(), replicas=1, **rule):
    made = {"target": 2, "interval_seconds": 1, "cold_start_seconds": 5, "settle_seconds": 3}
    one = config(step=lambda load: 1.0, max_batch=2)
    pool = ReplicaPool(config=one, replicas=replicas, autoscaler=Autoscaler(**(made | rule)))
    return simulate_cluster(rows, pool, failures=failures)


def test_a_new_replica_helps_after_its_cold_start_and_is_paid_for_from_its_order():
    rows = [ask(range(9 * i, 9 * i + 4), 20) for i in range(2)]
    late = [ask(range(900 + 9 * i, 904 + 9 * i), 3, at=0.5) for i in range(2)]
    last = ask(4, 1, at=6.5)
    run = scaled([*rows, *late, last], most=2)
    first, second = run.replicas
    # four are inside when it looks at 1: a second replica is ordered, and ready at 6
    assert second.log.segments[0].start_seconds == 6.5
    assert (run.requests[4].token_seconds, second.log.requests) == ([7.5], [last])
    # two of 20 tokens and two after them; from 7.5 on four are inside, from 20 two, from 23 none
    assert first.up_seconds == run.seconds == 23.0
    # 2 wanted last at 19: one too many from 3 s later on, which is when it looks at 23: too late
    assert second.up_seconds == 23.0 - 1.0


def test_a_replica_that_is_let_go_finishes_what_it_has():
    rows = [ask(range(9 * i, 9 * i + 4), 20 if i else 2) for i in range(2)]
    run = scaled(rows, replicas=2, settle_seconds=0)
    small, large = run.replicas
    # at 1 one replica suffices; the last of equals goes, and takes its twenty steps
    assert (large.state, large.up_seconds, large.log.steps) == ("stopped", 20.0, 20)
    assert small.state == "ready"
    assert len(run.finished) == 2


def test_what_those_that_go_still_do_asks_for_no_other():
    busy = [ask(range(9 * i, 9 * i + 4), 20) for i in range(2)] + [ask(range(90, 94), 30, at=1.5)]
    run = scaled(busy, replicas=2, settle_seconds=0, target=2)
    # one of two goes at 1 with a request of its own; two at the other are no reason for a third
    assert [each.state for each in run.replicas] == ["ready", "stopped"]


def test_an_autoscaler_replaces_who_failed():
    run = scaled([ask(4, 3)], [Failure(replica=0, seconds=0.5)])
    # seen at 1, ready at 6, read again from there
    assert run.requests[0].token_seconds == [7.0, 8.0, 9.0]
    assert [each.state for each in run.replicas] == ["failed", "ready"]
    assert run.retries[run.requests[0]] == 1


def test_a_replica_may_fail_before_it_is_ready():
    rows = [ask(range(9 * i, 9 * i + 4), 20) for i in range(4)]
    run = scaled(rows, [Failure(replica=1, seconds=3.0)], most=2)
    assert run.replicas[1].state == "failed"
    assert run.replicas[1].log.segments == []
    assert run.replicas[1].up_seconds == 2.0
    assert run.replicas[2].up_seconds > 0  # ordered in its place
    assert len(run.finished) == 4


def test_who_fails_again_while_it_comes_back_comes_back_later():
    pool = ReplicaPool(config=config(step=lambda load: 1.0))
    first, second = (
        Failure(replica=0, seconds=at, recovery_seconds=seconds)
        for at, seconds in ((0.5, 5.0), (2.0, 10.0))
    )
    run = simulate_cluster([ask(8, 1)], pool, failures=[first, second])
    assert run.requests[0].token_seconds == [13.0]
    assert run.retries[run.requests[0]] == 1
    assert run.replica_seconds == 0.5 + 1.0


def test_an_autoscaler_does_not_look_for_ever_at_who_cannot_be_helped():
    prefill = ReplicaPool(config=config(), autoscaler=Autoscaler(target=1, cold_start_seconds=1))
    pools = Disaggregated(prefill=prefill, decode=ReplicaPool(config=config()), wire=wire(1))
    run = simulate_cluster([ask(8, 4)], pools, failures=[Failure(replica=1, seconds=0)])
    assert len(run.unserved) == 1
    assert run.unserved[0].generated == 1
    assert not run.replicas[0].empty  # it keeps what it could not send


def test_who_waits_for_a_decode_replica_is_sent_when_there_is_one():
    pools = Disaggregated(
        prefill=ReplicaPool(config=config(step=lambda load: 1.0)),
        decode=ReplicaPool(config=config(step=lambda load: 1.0)),
        wire=wire(8),
    )
    down = Failure(replica=1, seconds=0.5, recovery_seconds=4.0)
    run = simulate_cluster([ask(8, 2)], pools, failures=[down])
    assert run.requests[0].token_seconds == [1.0, 4.5 + 1.0 + 1.0]
    lost = [down, Failure(replica=0, seconds=2.0, recovery_seconds=0)]
    run = simulate_cluster([ask(8, 3)], pools, failures=lost)
    # read again with its first token from 2 to 3; sent from 4.5
    assert run.requests[0].token_seconds == [1.0, 3.0, 4.5 + 9 / 8 + 1.0]


def test_a_router_does_not_send_to_a_cache_that_is_lost():
    pool = ReplicaPool(config=config(step=lambda load: 1.0), replicas=2, router="kv-aware")
    rows = [ask(16, 1), ask(range(100, 108), 9, at=5.0), ask(16, 1, at=6.0)]
    lost = Failure(replica=0, seconds=2.0, recovery_seconds=1.0)
    for failures, where in (((), 0), ((lost,), 1)):
        asked = [ask(row.prompt_ids, row.max_tokens, at=row.arrival_seconds) for row in rows]
        # the second prompt keeps the first replica busy: the third follows the cache, or the load
        run = simulate_cluster(asked, pool, failures=failures)
        (found,) = (each.number for each in run.replicas if asked[2] in each.log.requests)
        assert found == where


def test_who_is_turned_away_holds_up_no_replica_that_goes():
    pool = ReplicaPool(config=config(max_batch=1, max_waiting=1))
    cluster = RunningCluster(pool, EventHeap(), 0.0)
    (replica,) = cluster.replicas
    replica.scheduler.add(ask())
    replica.state, late = "draining", ask()
    replica.assigned[late] = None
    cluster._deliver(late, replica)
    assert (late.stop_reason, replica.state) == ("rejected", "stopped")


def test_a_cluster_starts_with_its_pools_ready():
    pool = ReplicaPool(config=config(), replicas=3)
    cluster = RunningCluster(
        Disaggregated(prefill=pool, decode=pool, wire=wire(1)), EventHeap(), 2.0
    )
    assert [each.pool for each in cluster.replicas] == ["prefill"] * 3 + ["decode"] * 3
    assert [each.number for each in cluster.replicas] == list(range(6))
    assert {each.state for each in cluster.replicas} == {"ready"}
    assert {each.since for each in cluster.replicas} == {2.0}
    assert cluster.inside == 0
