"""The rules of the puzzle against the real scheduler, its optimum against brute force."""

from itertools import product
from random import Random

import pytest

from tokenworks.widgets.hand_schedule import Job, Position, Trace, best, position, scheduled


def drawn(seed):
    """Draw a small trace: four requests, two slots, six blocks."""
    random = Random(seed)
    jobs = sorted(
        (random.randint(0, 3), random.randint(1, 4), random.randint(1, 6)) for _ in "abcd"
    )
    return Trace(f"seed {seed}", 2, 6, tuple(Job(*row) for row in jobs))


def feasible(trace, starts):
    """Tell whether slots and blocks suffice in every step; the rules once more, as a picture."""
    for step in range(20):
        held = [
            job
            for job, start in zip(trace.jobs, starts, strict=True)
            if start <= step < start + job.tokens
        ]
        if len(held) > trace.slots or sum(job.blocks for job in held) > trace.blocks:
            return False
    return all(start >= job.arrival for job, start in zip(trace.jobs, starts, strict=True))


@pytest.mark.parametrize("seed", range(12))
def test_the_optimum_is_that_of_brute_force(seed):
    trace = drawn(seed)
    totals = (
        sum(start + job.tokens - job.arrival for job, start in zip(trace.jobs, starts, strict=True))
        for starts in product(range(13), repeat=4)
        if feasible(trace, starts)
    )
    total, moves = best(trace)
    assert total == min(totals)
    end = position(trace, moves)
    assert end.done
    assert end.total == total


@pytest.mark.parametrize("seed", range(40))
def test_first_come_first_served_by_hand_is_the_continuous_scheduler(seed):
    trace = drawn(seed)
    at, line = position(trace, []), list(range(4))
    while not at.done:
        while line and not at.refusal(line[0]):
            at = at.after(line.pop(0))
        at = at.after(None)
    total, starts = scheduled(trace, "continuous")
    assert at.starts == starts
    assert at.total == total
    assert best(trace)[0] <= total <= scheduled(trace, "static")[0]


@pytest.mark.parametrize("seed", range(30))
def test_every_play_keeps_the_limits(seed):
    trace, random = drawn(seed), Random(seed)
    at = position(trace, [])
    while not at.done:
        able = [i for i in range(4) if not at.refusal(i)]
        at = at.after(random.choice([*able, None]))
        assert min(at.free) >= 0
    assert feasible(trace, at.starts)
    assert at.total >= best(trace)[0]


def test_a_refusal_says_why():
    trace = Trace("x", 1, 4, (Job(0, 2, 3), Job(0, 1, 3), Job(2, 1, 1)))
    at = position(trace, [0])
    assert [at.refusal(i) for i in range(3)] == [
        "has started",
        "no slot is free",
        "arrives after step 2",
    ]
    wide = Position(Trace("y", 2, 4, trace.jobs), 0, (0, None, None))
    assert wide.refusal(1) == "needs 3 blocks, 1 free"
    with pytest.raises(ValueError, match="request 1 cannot start: no slot is free"):
        at.after(1)
