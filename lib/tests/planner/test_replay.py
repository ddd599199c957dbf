from dataclasses import replace

import pytest

from planner.asked import candidate, copy, demand, found, sizing
from tokenworks.percentiles import rank_interval, samples_to_exceed
from tokenworks.planner import replay
from tokenworks.planner.replay import enough_counted, groups_run, replay_of
from tokenworks.planner.replicas import Ratio
from tokenworks.planner.sizing import Sizing
from tokenworks.serving.arrivals import poisson
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.lengths import Samples
from tokenworks.serving.metrics import pooled_itl, ttft_seconds
from tokenworks.serving.policy import Policy
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate


def run(way, seed=0, **more):
    return replay.seen(way, seed, counted=150, **more)


def test_one_copy_is_the_simulator_by_itself():
    way = candidate(batch=16)
    demand, found = way.demand, run(way, 5)
    flight = way.running
    count = int(1.5 * flight + 0.999) + 20 + 150 + int(flight)
    arrivals = poisson(6, count, lengths=demand.lengths, seed=5)
    pool = BlockPool(way.sizing.memory_batch * 35, 16)
    scheduler = Scheduler(Policy(max_batch=16, max_batch_tokens=8192), pool)
    simulate(scheduler, arrivals, way.sizing.clock)
    start = count - 150 - int(flight)
    first = way.replica.first_seconds
    assert found.ttft == [
        first + ttft_seconds(request) for request in arrivals[start : start + 150]
    ]
    gaps = pooled_itl(arrivals[start : start + 150])
    assert (found.gaps, found.short_gaps) == (150 * 59, sum(gap <= 0.03 for gap in gaps))
    assert found.preemptions == 0


def test_the_tail_of_all_seeds_together():
    way = candidate(batch=16)
    runs = {seed: run(way, seed) for seed in (0, 1, 2)}
    told = replay_of(way, runs)
    assert (told.seeds, told.requests) == ((0, 1, 2), 450)
    assert told.ttft.mean_seconds < told.ttft.seconds <= told.ttft.upper_seconds
    assert told.ttft.standard_error > 0
    assert told.ttft.worst_seconds == max(
        replay_of(way, {seed: run}).ttft.seconds for seed, run in runs.items()
    )
    assert told.met
    assert told.attainment == 1
    short, gaps = (sum(getattr(run, f) for run in runs.values()) for f in ("short_gaps", "gaps"))
    assert (told.gap_attainment, gaps) == (short / gaps, 450 * 59)
    with pytest.raises(ValueError, match="at least one seed"):
        replay_of(way, {})


def test_steps_that_are_longer_and_bounds_that_are_broken():
    way = candidate(batch=16)
    plain, slow = (replay_of(way, {0: run(way, slower=f)}) for f in (1.0, 1.5))
    assert slow.tpot.mean_seconds > 1.4 * plain.tpot.mean_seconds
    tight = replace(way.demand, tpot_seconds=plain.tpot.mean_seconds)
    strict = replace(way, sizing=Sizing(way.replica, tight))
    found = run(strict)
    assert not found.within(tight)
    told = replay_of(strict, {0: found})
    assert not told.met
    assert told.attainment < 1


def test_many_copies_are_run_in_part_and_evenly():
    many = sizing(requests_per_s=200)
    part = candidate(groups=12, batch=64, each=many)
    copies = groups_run(part)
    assert 1 <= copies <= 4
    assert 12 // copies * copies == 12
    few = sizing(requests_per_s=2)
    assert groups_run(candidate(groups=3, each=few)) == 3
    assert groups_run(candidate(groups=5, each=few)) == 2  # parts of 2 and 3: the smaller
    assert groups_run(candidate(groups=5, each=few, ratio=Ratio(1, 2))) == 1


def test_answers_of_many_lengths_are_counted_when_the_longest_are_among_them():
    """A house is full of them only after the longest answer's time, not the mean one's."""
    heavy = Samples(((100, 10),) * 9 + ((100, 3000),))
    asked = {"samples": heavy, "prompt_tokens": 100, "output_tokens": 309, "requests_per_s": 44}
    each = sizing(copy("TP2", "fp8"), tpot_seconds=0.008, ttft_seconds=0.5, **asked)
    way = candidate(batch=each.largest_batch, each=each)
    runs = {seed: replay.seen(way, seed) for seed in range(3)}
    assert not replay_of(way, runs).met


def test_two_pools_hand_caches_over():
    way = candidate(ratio=Ratio(1, 1))
    found = replay_of(way, {0: run(way)})
    together = replay_of(candidate(), {0: run(candidate())})
    assert found.run_replicas == 2
    assert found.met
    assert found.gap_attainment == 1
    assert found.tpot.seconds < together.tpot.seconds  # no prompt is read between two tokens


def test_a_single_token_has_no_time_a_token():
    way = candidate(each=sizing(copy(), output_tokens=1))
    told = replay_of(way, {0: run(way)})
    assert told.tpot.seconds == 0
    assert told.gap_attainment == 1
    assert told.met


def test_a_percentile_is_looked_at_with_requests_beyond_it():
    assert enough_counted(400, demand()) == 400
    for high in (50, 95, 99, 99.5, 99.9):
        every = 3 * enough_counted(100, demand(percentile=high))
        assert rank_interval(every, high) is not None
    needed = samples_to_exceed(99.99, confidence=0.975)
    with pytest.raises(ValueError, match=r"ask for them \(--requests 12296, counted=\)"):
        enough_counted(400, demand(percentile=99.99))
    assert 3 * enough_counted(12_296, demand(percentile=99.99)) >= needed > 3 * 12_295


def test_a_plan_for_a_high_percentile_has_replayed_enough():
    plan = found(percentile=99.5, alternatives=0)
    assert plan.feasible
    assert plan.best.replay.requests >= samples_to_exceed(99.5, confidence=0.975)
