"""What an operator changes: nobody is lost, whatever takes the place of what."""

from serving.cluster.drawn import again, ask, config
from tokenworks.serving.cluster.changes import replace_pools, replace_rules, resize
from tokenworks.serving.cluster.conservation import broken_laws
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool
from tokenworks.serving.cluster.ports import wire
from tokenworks.serving.cluster.simulation import RunningSimulation


def started(pool, until=2.0):
    sent = again([ask(8, 6, at=i / 8, id=f"r{i}") for i in range(12)])
    run = RunningSimulation(sent, pool, None)
    run.run_until(until)
    return run, sent


def test_requests_go_on_in_the_pools_that_come():
    for new in (
        ReplicaPool(config=config(), replicas=3),
        ReplicaPool(config=config(batching="static", share_prefixes=False)),
        Disaggregated(
            prefill=ReplicaPool(config=config()), decode=ReplicaPool(config=config()), wire=wire(64)
        ),
    ):
        run, sent = started(ReplicaPool(config=config(max_batch=2), replicas=2))
        before = {r: list(r.token_seconds) for r in sent}
        run.answered(replace_pools(run.cluster, new))
        assert {each.state for each in run.cluster.past[0].replicas} == {"stopped"}
        told = run.run()
        assert broken_laws(told, sent) == []
        assert len(told.finished) == len(sent)
        assert all(r.token_seconds[: len(t)] == t for r, t in before.items())


def test_a_pool_grows_at_once_and_shrinks_as_it_empties():
    run, sent = started(ReplicaPool(config=config(), replicas=2))
    pool = run.cluster.pools[0]
    resize(run.cluster, pool, 4)
    assert len(pool.ready) == 4
    resize(run.cluster, pool, 1)
    assert len(pool.ready) == 1
    told = run.run()
    assert broken_laws(told, sent) == []
    assert [each.state for each in told.replicas].count("stopped") == 3


def test_another_router_leaves_the_replicas():
    run, sent = started(ReplicaPool(config=config(), replicas=2))
    pool, there = run.cluster.pools[0], list(run.cluster.replicas)
    replace_rules(pool, ReplicaPool(config=config(), replicas=2, router="kv-aware"))
    assert (run.cluster.replicas, type(pool.router).__name__) == (there, "KVAware")
    assert broken_laws(run.run(), sent) == []
