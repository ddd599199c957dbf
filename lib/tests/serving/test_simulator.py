"""The simulator against stepping, against theory, and against the cost model of one request."""

import math

import pytest
from cost.drawn import BEARTYPE, same
from hypothesis import given
from hypothesis import strategies as st

from serving.drawn import copies, fresh, requests, schedulers
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.mixed_step import step_clock
from tokenworks.cost.step_time import request_seconds
from tokenworks.serving.arrivals import poisson
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.lengths import Lengths, geometric, uniform
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate
from tokenworks.specs import Workload, chip, model_spec

pytestmark = pytest.mark.filterwarnings(BEARTYPE)
ON = Deployment(model_spec("llama-3-8b"), chip("h100-sxm"))
CLOCK = step_clock(ON, overhead_seconds=0.1)  # slow enough that arrivals meet running batches


def fate(request):
    """Return all that happened to a request, but not which blocks it had."""
    names = "id status stop_reason generated preemptions scheduled_seconds finished_seconds"
    return [getattr(request, name) for name in names.split()] + request.token_seconds


def loads(run):
    """Return the load of every single step."""
    each = []
    for segment in run.segments:
        load = segment.load
        for step in range(segment.steps):
            load = load.next() if step else load
            each.append(load)
    return each


@same
@given(schedulers(), requests(), st.none() | st.integers(1, 6))
def test_running_on_is_stepping(scheduler, rows, max_waiting):
    runs = [
        simulate(fresh(scheduler, max_waiting=max_waiting), copies(rows), CLOCK, fast=fast)
        for fast in (True, False)
    ]
    fast, slow = runs
    assert [fate(r) for r in fast.requests] == [fate(r) for r in slow.requests]
    assert [r.id for r in fast.rejected] == [r.id for r in slow.rejected]
    assert loads(fast) == loads(slow)
    assert fast.seconds == slow.seconds
    assert fast.busy_seconds == pytest.approx(slow.busy_seconds)


@same
@given(schedulers(), requests(most=5), st.integers(1, 3))
def test_running_on_is_stepping_for_clients_that_wait_for_answers(scheduler, rows, think):
    def again(request):
        if request.id.count("+") < 2:
            (next_one,) = copies([request])
            next_one.id += "+"
            next_one.arrival_seconds = request.finished_seconds + think / 7
            yield next_one

    fast, slow = (
        simulate(fresh(scheduler), copies(rows), CLOCK, fast=fast, follow_up=again)
        for fast in (True, False)
    )
    assert len(fast.requests) == 3 * len(rows)
    assert [fate(r) for r in fast.requests] == [fate(r) for r in slow.requests]


@same
@given(schedulers(), requests(simultaneous=True))
def test_the_same_requests_have_the_same_history(scheduler, rows):
    one, other = (simulate(fresh(scheduler), copies(rows), CLOCK) for _ in range(2))
    assert one.segments == other.segments
    assert [fate(r) for r in one.requests] == [fate(r) for r in other.requests]


def test_one_seed_is_one_history():
    lengths = Lengths(uniform(1, 500), geometric(50))
    runs = []
    for _ in range(2):
        scheduler = Scheduler(Policy(max_batch=8), BlockPool(500, 16))
        runs.append(simulate(scheduler, poisson(30, 200, lengths=lengths, seed=3), step_clock(ON)))
    first, second = ([fate(r) for r in run.requests] for run in runs)
    assert first == second


def test_a_stretch_of_decodes_is_one_segment():
    run = simulate(*one_slot([Request(prompt_tokens=5, max_tokens=1000)]), step_clock(ON))
    assert [segment.steps for segment in run.segments] == [1, 999]
    assert run.steps == 1000


@pytest.mark.parametrize("batching", ["static", "continuous"])
def test_equal_requests_take_the_time_of_chapter_three(batching):
    work = Workload(prompt_tokens=700, output_tokens=90, batch=6)
    rows = [Request(prompt_tokens=700, max_tokens=90) for _ in range(6)]
    policy = Policy(max_batch=6, batching=batching)
    run = simulate(Scheduler(policy, BlockPool(400, 16)), rows, step_clock(ON))
    assert run.seconds == pytest.approx(request_seconds(ON, work), rel=1e-12)
    assert run.steps == 90


def one_slot(rows):
    """Return a scheduler that serves one request at a time, and these requests."""
    return Scheduler(Policy(max_batch=1), BlockPool(100_000, 16)), rows


def test_swapped_blocks_take_their_time():
    def run(seconds):
        rows = [Request(prompt_tokens=4, max_tokens=12) for _ in range(2)]
        policy = Policy(max_batch=2, preemption="swap")
        pools = BlockPool(6, 4), BlockPool(6, 4)
        return simulate(Scheduler(policy, *pools), rows, CLOCK, swap_seconds_per_block=seconds)

    free, slow = run(0), run(0.5)
    assert sum(r.preemptions for r in slow.requests) == 1
    assert slow.seconds == pytest.approx(free.seconds + 0.5 * (3 + 3))  # blocks out, blocks in


@pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf])
def test_a_step_takes_some_time(seconds):
    rows = [Request(prompt_tokens=5, max_tokens=3)]
    with pytest.raises(ValueError, match="a step must take some time"):
        simulate(*one_slot(rows), lambda load: seconds)


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf])
def test_a_copy_takes_no_less_than_nothing(seconds):
    with pytest.raises(ValueError, match="swap_seconds_per_block must be a finite number from 0"):
        simulate(*one_slot([]), CLOCK, swap_seconds_per_block=seconds)


def test_no_requests_no_steps():
    run = simulate(*one_slot([]), CLOCK)
    assert (run.steps, run.seconds) == (0, 0.0)


@pytest.mark.parametrize("fast", [True, False])
def test_who_comes_at_the_very_end_of_a_step_joins_the_next(fast):
    rows = [
        Request(prompt_tokens=1, max_tokens=8),
        Request(prompt_tokens=1, max_tokens=1, arrival_seconds=3.0),
    ]
    scheduler = Scheduler(Policy(max_batch=2), BlockPool(9, 4))
    simulate(scheduler, rows, lambda load: 1.0, fast=fast)
    assert rows[1].scheduled_seconds == 3.0
