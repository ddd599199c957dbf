"""The simulator where theory knows the answer: one slot is a queue with one server."""

import math
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from statistics import fmean, stdev

import pytest
from cost.drawn import BEARTYPE, same
from cost.test_queueing import lindley
from hypothesis import given
from hypothesis import strategies as st

from serving.drawn import copies, requests, schedulers, step_seconds
from tokenworks.cost.queueing import geometric_cv, mean_inside, mg1_wait_seconds, utilisation
from tokenworks.serving.arrivals import poisson
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.lengths import Lengths, fixed, geometric
from tokenworks.serving.policy import Policy
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate

pytestmark = pytest.mark.filterwarnings(BEARTYPE)
DAYS, COUNT = 24, 2_500
BOUND = 3.77  # Student's t for 23 degrees of freedom: one honest test in a thousand fails


@dataclass(frozen=True)
class Queue:
    """A service of one second on average: answer lengths and the time of a step."""

    output_tokens: object
    mean_tokens: float
    cv: float
    exponential: bool = False  # the step itself, instead of the length

    def clock(self, seed):
        random, seconds = Random(f"service {seed}"), 1 / self.mean_tokens
        return (lambda load: random.expovariate(1.0)) if self.exponential else lambda load: seconds


QUEUES = {
    "M/D/1": Queue(fixed(20), 20, 0.0),
    "M/M/1": Queue(fixed(1), 1, 1.0, exponential=True),
    "M/Geo/1": Queue(geometric(20), 20, geometric_cv(20)),
}


def day(queue, load, seed):
    """Simulate one day of a queue; return its run."""
    lengths = Lengths(fixed(1), queue.output_tokens)
    scheduler = Scheduler(Policy(max_batch=1), BlockPool(10_000, 16))
    return simulate(scheduler, poisson(load, COUNT, lengths=lengths, seed=seed), queue.clock(seed))


def waited(run):
    """Return the mean wait of a day, the first tenth left out: it starts empty."""
    late = run.requests[COUNT // 10 :]
    return fmean(r.scheduled_seconds - r.arrival_seconds for r in late)


def waited_and_busy(run):
    """Return the mean wait of a day, and the share of it in which somebody was served."""
    return waited(run), run.busy_seconds / run.seconds


def assert_mean(values, truth):
    """Hold the mean of independent days to its confidence interval, and that to a seventh."""
    error = stdev(values) / math.sqrt(len(values))
    assert BOUND * error < truth / 7
    assert abs(fmean(values) - truth) < BOUND * error


@pytest.mark.parametrize("load", [0.3, 0.7])
@pytest.mark.parametrize("name", QUEUES)
def test_waits_and_utilisation_are_those_of_theory(name, load):
    queue = QUEUES[name]
    days = [waited_and_busy(day(queue, load, seed)) for seed in range(DAYS)]  # a day is large
    wait = mg1_wait_seconds(load, 1.0, service_cv=queue.cv)
    assert_mean([seconds for seconds, _ in days], wait)
    assert_mean([busy for _, busy in days], utilisation(load, 1.0))


def test_every_single_wait_is_that_of_lindleys_recursion():
    queue, load = QUEUES["M/Geo/1"], 0.9
    run = day(queue, load, seed=5)
    gaps = [b.arrival_seconds - a.arrival_seconds for a, b in pairwise(run.requests)]
    services = [r.generated / queue.mean_tokens for r in run.requests]
    waits = [r.scheduled_seconds - r.arrival_seconds for r in run.requests]
    assert waits == pytest.approx(lindley(gaps, services), abs=1e-8)


def inside_integral(run, start, end):
    """Return the time integral of how many are between two moments of theirs, by sweeping."""
    moments = sorted([(start(r), 1) for r in run.requests] + [(end(r), -1) for r in run.requests])
    area = number = 0
    before = moments[0][0]
    for now, change in moments:
        area += number * (now - before)
        number, before = number + change, now
    assert number == 0
    return area


@same
@given(schedulers(), requests())
def test_littles_law_holds_on_every_run(scheduler, rows):
    run = simulate(scheduler, copies(rows), step_seconds)
    first = min(r.arrival_seconds for r in run.requests)
    span = max(r.finished_seconds for r in run.requests) - first
    area = inside_integral(run, lambda r: r.arrival_seconds, lambda r: r.finished_seconds)
    mean = fmean(r.finished_seconds - r.arrival_seconds for r in run.requests)
    assert area / span == pytest.approx(mean_inside(len(rows) / span, mean))
    assert span == pytest.approx(run.seconds)


@same
@given(requests(), st.integers(1, 5))
def test_the_batch_holds_who_is_in_service(rows, max_batch):
    # The scheduler's record of steps against the requests' own record of their times.
    scheduler = Scheduler(Policy(max_batch=max_batch, reserve=True), BlockPool(100, 4))
    run = simulate(scheduler, copies(rows), step_seconds)
    held = sum(s.sequences * (s.end_seconds - s.start_seconds) for s in run.segments)
    served = sum(r.finished_seconds - r.scheduled_seconds for r in run.requests)
    assert held == pytest.approx(served)
    assert max(s.sequences for s in run.segments) <= max_batch
    made = sum(s.load.logit_rows * s.steps for s in run.segments)
    assert made == sum(r.generated for r in run.requests)


def test_more_load_than_one_server_takes_makes_a_line_that_grows():
    run = day(QUEUES["M/D/1"], 1.25, seed=1)
    waits = [r.scheduled_seconds - r.arrival_seconds for r in run.requests]
    # Each second brings a quarter of a second of work too much; COUNT arrivals last COUNT / 1.25.
    assert waits[-1] == pytest.approx(0.25 * COUNT / 1.25, rel=0.2)
    assert run.busy_seconds / run.seconds > 0.999
