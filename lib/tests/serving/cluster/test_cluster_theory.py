"""The cluster where queueing theory is exact: M/D/c, lines that split, lines in a row, Little."""

from dataclasses import dataclass, field
from random import Random
from statistics import fmean

import pytest
from hypothesis import given, settings

from serving.cluster import drawn
from serving.drawn import SEEDS
from tokenworks.cost.queueing import md1_wait_seconds, mdc_wait_seconds, mm1_wait_seconds
from tokenworks.serving.arrivals import poisson
from tokenworks.serving.cluster import simulation
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool
from tokenworks.serving.cluster.ports import wire
from tokenworks.serving.cluster.replica_config import ReplicaConfig
from tokenworks.serving.cluster.routers import Router
from tokenworks.serving.cluster.running_cluster import RunningCluster
from tokenworks.serving.cluster.simulation import simulate_cluster
from tokenworks.serving.lengths import Lengths, fixed, geometric
from tokenworks.serving.policy import Policy

TOKENS = 4  # of an answer: a service is as many steps


def one_at_a_time(step, *, blocks=400, kv=0, block_size=1):
    return ReplicaConfig(
        step_seconds=step,
        policy=Policy(max_batch=1),
        blocks=blocks,
        block_size=block_size,
        kv_bytes_per_token=kv,
    )


@dataclass(kw_only=True)
class FreeFirst(Router):
    """Whoever has done all that was sent to him first: one line before all servers."""

    free: dict[int, float] = field(default_factory=dict)

    def ranking(self, request, targets):
        return sorted(targets, key=lambda each: (self.free.get(each.number, 0.0), each.number))

    def sent(self, request, target):
        start = max(request.arrival_seconds, self.free.get(target.number, 0.0))
        self.free[target.number] = start + 1.0


def waits(run):
    return [request.scheduled_seconds - request.arrival_seconds for request in run.requests]


def test_one_line_before_several_replicas_waits_as_m_d_c():
    servers, load, days = 3, 0.8, 2
    found, busy = [], []
    for day in range(days):
        rows = poisson(load * servers, 4000, lengths=Lengths(fixed(1), fixed(TOKENS)), seed=day)
        pool = ReplicaPool(
            config=one_at_a_time(lambda load: 1 / TOKENS), replicas=servers, router=FreeFirst
        )
        run = simulate_cluster(rows, pool)
        free = [0.0] * servers  # the recursion that theory solves, request by request
        for request, wait in zip(run.requests, waits(run), strict=True):
            first = min(range(servers), key=free.__getitem__)
            assert wait == pytest.approx(max(0.0, free[first] - request.arrival_seconds), abs=1e-6)
            free[first] = max(free[first], request.arrival_seconds) + 1.0
        found += waits(run)[400:]
        busy.append(fmean(run.utilisation.values()))
        assert sum(r.log.busy_seconds for r in run.replicas) == pytest.approx(len(rows))
    assert fmean(found) == pytest.approx(mdc_wait_seconds(load * servers, 1, servers), rel=0.1)
    assert fmean(busy) == pytest.approx(load, rel=0.04)


def test_a_split_by_prefix_is_as_many_lines_as_homes_each_with_its_share():
    # One prefix has half of the requests, others share the rest: a hash splits a Poisson stream
    # into Poisson streams, and each replica is M/D/1 at its own rate.
    rate, count, found, random = 1.2, 8_000, {}, Random(5)
    rows = poisson(rate, count, lengths=Lengths(fixed(1), fixed(TOKENS)), seed=5)
    for number, row in enumerate(rows):
        row.prompt_ids = [0] if random.random() < 1 / 2 else [number + 1]
    pool = ReplicaPool(
        config=one_at_a_time(lambda load: 1 / TOKENS), replicas=3, router="prefix-aware"
    )
    run = simulate_cluster(rows, pool)
    for replica in run.replicas:
        share = len(replica.log.requests) / count
        own = [r.scheduled_seconds - r.arrival_seconds for r in replica.log.requests]
        found[share] = fmean(own)
        assert run.utilisation[replica.number] == pytest.approx(rate * share, rel=0.03)
        assert fmean(own) == pytest.approx(md1_wait_seconds(rate * share, 1), rel=0.15, abs=0.03)
    assert max(found) > 0.6 > 0.25 > min(found)


def test_two_pools_in_a_row_are_two_lines_of_their_own():
    # Jackson's network in its smallest form: what leaves M/M/1 is Poisson again (Burke), so the
    # second line waits as if it stood alone. Lengths are geometric, nearly exponential.
    mean, rate = 100, 0.7
    prefill = one_at_a_time(lambda load: load.new_tokens / mean, block_size=16, kv=1e-6)
    decode = one_at_a_time(lambda load: 1 / mean, block_size=16)
    pools = Disaggregated(
        prefill=ReplicaPool(config=prefill), decode=ReplicaPool(config=decode), wire=wire(1e12)
    )
    inside = {"prefill": [], "decode": []}
    for day in range(2):
        rows = poisson(rate, 4000, lengths=Lengths(geometric(mean), geometric(mean)), seed=day)
        run = simulate_cluster(rows, pools)
        for request in run.requests[400:]:
            read = request.token_seconds[0]
            inside["prefill"].append(read - request.arrival_seconds)
            inside["decode"].append(request.finished_seconds - read)
    theory = mm1_wait_seconds(rate, 1) + 1
    assert fmean(inside["prefill"]) == pytest.approx(theory, rel=0.12)
    assert fmean(inside["decode"]) == pytest.approx(theory, rel=0.12)


class Counted(RunningCluster):
    """A cluster that adds up, as time passes, how many are inside."""

    area = 0.0

    def __setattr__(self, name, value):
        if name == "now" and "now" in self.__dict__:
            self.area += self.inside * (value - self.now)
        super().__setattr__(name, value)


@settings(max_examples=60)
@given(SEEDS)
def test_littles_law_holds_exactly_whatever_happens(seed):
    made = []

    class Watched(Counted):
        def __init__(self, *given):
            super().__init__(*given)
            made.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "RunningCluster", Watched)
        run, _ = drawn.trace(seed)
    (cluster,) = made
    spent = 0.0
    for request in run.requests:
        end = cluster.now if request.finished_seconds is None else request.finished_seconds
        if request.stop_reason != "rejected":
            spent += end - request.arrival_seconds
    turned_away = any(request.stop_reason == "rejected" for request in run.requests)
    if turned_away:  # they are inside while they are sent, by wire or to a failed replica
        assert cluster.area >= spent - 1e-9
    else:
        assert cluster.area == pytest.approx(spent, rel=1e-9)
