"""What an operator does to a cluster at work: other replicas, more or fewer of them."""

from __future__ import annotations

from operator import attrgetter

from tokenworks.number import whole
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool, RunningPool
from tokenworks.serving.cluster.request_state import start_over
from tokenworks.serving.cluster.running_cluster import RunningCluster
from tokenworks.serving.request import Request


def replace_pools(cluster: RunningCluster, new: ReplicaPool | Disaggregated) -> list[Request]:
    """Put other pools in the place of all replicas at once; requests inside go on in the new ones.

    Tokens that are out stay out; what was cached and the steps that ran are lost. Return whose
    answers were whole, and waited for the rest of their batch.
    """
    now, whole_ones, returned = cluster.now, list[Request](), list[Request]()
    for pool in cluster.pools:
        waiting = [request for request, _ in pool.room]
        pool.room = []
        for request in waiting:
            start_over(request)
        returned += waiting
        for replica in pool.replicas:
            if replica.state in ("starting", "ready", "draining"):
                whole_ones += [request for request in replica.assigned if request.done]
                returned += replica.fail(now)
                replica.state = "stopped"
        pool.sort()
    cluster.transits, cluster.due = {}, {}
    cluster.past += cluster.pools
    cluster.pools = cluster.pools_of(new)
    for request in sorted(returned, key=attrgetter("arrival_seconds")):
        cluster.dispatch(request)
    return whole_ones


def replace_rules(pool: RunningPool, new: ReplicaPool) -> None:
    """Give a pool another router or autoscaler; its replicas stay as they are."""
    made = RunningPool(pool.name, new, pool.wire)
    pool.pool, pool.router, pool.scaling = new, made.router, made.scaling


def resize(cluster: RunningCluster, pool: RunningPool, replicas: int) -> None:
    """Bring a pool to so many replicas: new ones are ready at once, the least loaded go.

    Those that go finish what they have. Fewer than 1 raise ValueError.
    """
    there = pool.coming()
    change = whole(replicas, "replicas") - len(there)
    for _ in range(change):
        cluster.add(pool).state = "ready"
    cluster.drain(pool, there, -change)
    cluster.admit(pool)
