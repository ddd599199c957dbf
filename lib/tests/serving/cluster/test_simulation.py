"""A cluster against the single simulator, against closed forms, and by what must always hold."""

from statistics import fmean

import pytest
from cost.drawn import BEARTYPE
from hypothesis import given, settings

from serving.cluster import drawn
from serving.cluster.drawn import again, ask, config, fate
from serving.drawn import SEEDS, step_seconds
from tokenworks.cost.queueing import md1_wait_seconds
from tokenworks.serving.arrivals import poisson
from tokenworks.serving.cluster.conservation import broken_laws
from tokenworks.serving.cluster.failures import Failure
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool
from tokenworks.serving.cluster.ports import wire
from tokenworks.serving.cluster.replica_config import ReplicaConfig
from tokenworks.serving.cluster.routers import ROUTERS
from tokenworks.serving.cluster.simulation import simulate_cluster
from tokenworks.serving.lengths import Lengths, fixed
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.simulator import simulate

pytestmark = pytest.mark.filterwarnings(BEARTYPE)
MANY = settings(max_examples=150)


@MANY
@given(drawn.loads(), SEEDS)
def test_one_replica_is_the_single_simulator(rows, seed):
    pool = drawn._pool(drawn.Random(seed), tiers=False)
    pool = ReplicaPool(config=pool.config, router=pool.router, saturation=pool.saturation)
    cluster = simulate_cluster(again(rows), pool)
    swap = pool.config.swap_seconds_per_block
    one = simulate(pool.config.scheduler(), again(rows), step_seconds, swap_seconds_per_block=swap)
    assert [fate(r) for r in cluster.requests] == [fate(r) for r in one.requests]
    (replica,) = cluster.replicas
    assert replica.log.segments == one.segments
    assert [r.id for r in cluster.rejected] == [r.id for r in one.rejected]
    assert cluster.seconds == one.seconds
    assert replica.up_seconds == one.seconds


@MANY
@given(drawn.loads(), SEEDS)
def test_one_replica_of_whole_batches_is_the_single_simulator(rows, seed):
    random = drawn.Random(seed)
    kind = random.choice(["static", "dynamic"])
    window = random.choice([0.25, 1.0, 2.5]) if kind == "dynamic" else 0.0
    made = config(
        blocks=random.choice([12, 60]),
        max_batch=random.randint(1, 6),
        batching=kind,
        window_seconds=window,
        share_prefixes=False,
    )
    cluster = simulate_cluster(again(rows), ReplicaPool(config=made))
    one = simulate(made.scheduler(), again(rows), step_seconds)
    assert [fate(r) for r in cluster.requests] == [fate(r) for r in one.requests]
    assert cluster.replicas[0].log.segments == one.segments
    assert broken_laws(cluster, cluster.requests) == []


@MANY
@given(drawn.loads(), SEEDS)
def test_whole_batches_at_replicas_that_fail_lose_nobody(rows, seed):
    random = drawn.Random(seed)
    kind = random.choice(["static", "dynamic"])
    made = config(max_batch=random.randint(1, 6), batching=kind, share_prefixes=False)
    failing = [
        Failure(replica=random.randrange(2), seconds=random.randint(0, 40) / 4, recovery_seconds=2)
        for _ in range(3)
    ]
    sent = again(rows)
    run = simulate_cluster(sent, ReplicaPool(config=made, replicas=2), failures=failing)
    assert broken_laws(run, sent) == []
    assert len(run.finished) == len(sent)


@MANY
@given(drawn.loads())
def test_clients_that_wait_for_answers_are_those_of_the_single_simulator(rows):
    def once_more(request):
        if not request.id.endswith("+"):
            (next_one,) = again([request])
            next_one.id += "+"
            next_one.arrival_seconds = request.finished_seconds + 1 / 7
            yield next_one

    made = config(blocks=20, max_batch=3)
    cluster = simulate_cluster(again(rows), ReplicaPool(config=made), follow_up=once_more)
    one = simulate(made.scheduler(), again(rows), step_seconds, follow_up=once_more)
    assert [fate(r) for r in cluster.requests] == [fate(r) for r in one.requests]
    assert len(cluster.requests) == 2 * len(rows)


@MANY
@given(drawn.loads())
def test_round_robin_is_as_many_simulators_as_replicas(rows):
    made, replicas = config(blocks=20, max_batch=3), 3
    pool = ReplicaPool(config=made, replicas=replicas, router="round-robin")
    run = simulate_cluster(again(rows), pool)
    ordered = sorted(again(rows), key=lambda r: r.arrival_seconds)
    for number, replica in enumerate(run.replicas):
        alone = simulate(made.scheduler(), ordered[number::replicas], step_seconds)
        assert [fate(r) for r in replica.log.requests] == [fate(r) for r in alone.requests]
        assert replica.log.segments == alone.segments


@MANY
@given(SEEDS)
def test_nobody_is_lost_whatever_fails_is_scaled_or_given_up(seed):
    run, rows = drawn.trace(seed)
    assert broken_laws(run, rows) == []


@MANY
@given(drawn.clusters(), drawn.loads())
def test_where_nothing_fails_and_nobody_gives_up_all_are_served(pools, rows):
    run = simulate_cluster(rows, pools)
    assert broken_laws(run, rows) == []
    assert (run.unserved, run.cancelled, run.retries) == ([], [], {})
    assert len(run.finished) + len(run.rejected) == len(rows)


@settings(max_examples=60)
@given(drawn.clusters(), drawn.loads(), SEEDS)
def test_the_same_arguments_are_the_same_history(pools, rows, seed):
    failures, runs = drawn.failures(seed, drawn.planned(pools)), []
    for rows_now in (again(rows), again(rows)):
        leave = drawn.hang_ups(seed, rows_now)
        runs.append(simulate_cluster(rows_now, pools, failures=failures, hang_ups=leave))
    first, second = ([fate(r) for r in run.requests] for run in runs)
    assert first == second
    one, other = ([each.log.segments for each in run.replicas] for run in runs)
    assert one == other


@settings(max_examples=60)
@given(drawn.clusters(), drawn.loads())
def test_requests_of_different_moments_may_stand_in_any_order(pools, rows):
    at = {row.arrival_seconds: row for row in rows}
    rows = list(at.values())
    runs = [simulate_cluster(again(each), pools) for each in (rows, rows[::-1])]
    first, second = ([fate(r) for r in run.requests] for run in runs)
    assert first == second


def test_at_random_each_of_two_servers_waits_as_theory_says():
    # Round robin halves a Poisson stream to Erlang-2 gaps, which wait less than M/D/1; a hash of
    # random prompts halves it to Poisson streams, which wait exactly that.
    service, rate, count, days = 1.0, 1.4, 1200, 6
    found = {"prefix-aware": [], "round-robin": []}
    step = service / 4
    made = ReplicaConfig(
        step_seconds=lambda load: step, policy=Policy(max_batch=1), blocks=100, block_size=1
    )
    for day in range(days):
        for name, waits in found.items():
            rows = poisson(rate, count, lengths=Lengths(fixed(1), fixed(4)), seed=day)
            for number, row in enumerate(rows):
                row.prompt_ids = [number]
            run = simulate_cluster(rows, ReplicaPool(config=made, replicas=2, router=name))
            waits.append(fmean(r.scheduled_seconds - r.arrival_seconds for r in run.requests[120:]))
    theory = md1_wait_seconds(rate / 2, service)
    assert fmean(found["prefix-aware"]) == pytest.approx(theory, rel=0.15)
    assert fmean(found["round-robin"]) < 0.7 * theory


def test_a_failure_costs_what_was_in_the_cache_and_no_token():
    rows = [ask(8, 6)]
    pool = ReplicaPool(config=config(step=lambda load: 1.0), replicas=2)
    run = simulate_cluster(rows, pool, failures=[Failure(replica=0, seconds=2.5)])
    (request,) = run.requests
    assert request.token_seconds == [1.0, 2.0, 3.5, 4.5, 5.5, 6.5]
    assert run.retries == {request: 1}
    first, second = run.replicas
    assert [s.load.new_tokens for s in first.log.segments] == [8, 1]
    assert [s.load.new_tokens for s in second.log.segments] == [10, 1]
    assert (first.state, first.up_seconds, second.up_seconds) == ("failed", 2.5, 6.5)


def test_a_step_that_ends_when_its_replica_fails_counts():
    pool = ReplicaPool(config=config(step=lambda load: 1.0), replicas=2)
    run = simulate_cluster([ask(8, 3)], pool, failures=[Failure(replica=0, seconds=2.0)])
    assert run.requests[0].token_seconds == [1.0, 2.0, 3.0]


def test_who_finds_no_replica_waits_for_one_to_come_back():
    pool = ReplicaPool(config=config(step=lambda load: 1.0), replicas=1)
    there = Failure(replica=0, seconds=0.5, recovery_seconds=2.0)
    run = simulate_cluster([ask(8, 1), ask(8, 1, at=1.0)], pool, failures=[there])
    assert [r.token_seconds for r in run.requests] == [[3.5], [3.5]]
    gone = simulate_cluster([ask(8, 1)], pool, failures=[Failure(replica=0, seconds=0.5)])
    assert (len(gone.unserved), gone.finished) == (1, [])


def test_where_caches_can_be_sent_to_nobody_who_waits_for_their_blocks_is_unserved():
    # three prompts of three blocks fill eleven; the only decode replica fails for good at once
    made = config(step=lambda load: 1.0, blocks=11)
    pools = Disaggregated(
        prefill=ReplicaPool(config=made), decode=ReplicaPool(config=made), wire=wire(1)
    )
    rows = [ask(range(100 * i, 100 * i + 12), 4) for i in range(5)]
    run = simulate_cluster(rows, pools, failures=[Failure(replica=1, seconds=0)])
    assert sorted(r.generated for r in run.unserved) == [0, 0, 1, 1, 1]
    assert broken_laws(run, rows) == []


def test_each_router_serves_all():
    for name in ROUTERS:
        rows = drawn.load(3)
        run = simulate_cluster(rows, ReplicaPool(config=config(), replicas=3, router=name))
        assert len(run.finished) == len(rows)


def test_no_requests_no_steps():
    run = simulate_cluster([], ReplicaPool(config=config()))
    assert (run.requests, run.seconds, run.replica_seconds) == ([], 0.0, 0.0)


def test_a_fork_and_a_failure_of_nobody_are_refused():
    pool = ReplicaPool(config=config(), replicas=2)
    parent = ask()
    with pytest.raises(ValueError, match="is a fork, which must stay with its parent"):
        simulate_cluster([parent, ask(fork_of=parent)], pool)
    with pytest.raises(ValueError, match="names none of the replicas, which are 0 to 1"):
        simulate_cluster([], pool, failures=[Failure(replica=2, seconds=0)])
    with pytest.raises(ValueError, match="shorten it or give the pool more blocks"):
        simulate_cluster([ask(400)], pool)
    used = Request(prompt_tokens=1, max_tokens=1)
    used.status = "finished"
    with pytest.raises(ValueError, match="was added before"):
        simulate_cluster([used], pool)
