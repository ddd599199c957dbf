"""The scheduler with a clock instead of a model: what would happen on hardware you do not have."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from tokenworks.cost.mixed_step import Load
from tokenworks.number import Number, bounded
from tokenworks.serving.batch import Batch
from tokenworks.serving.driver import Execute, FollowUp, Run, Turn, drive
from tokenworks.serving.outcome import ONE_EACH, Outcome
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler


def simulate(
    scheduler: Scheduler,
    arrivals: Iterable[Request],
    step_seconds: Callable[[Load], float],
    *,
    fast: bool = True,
    swap_seconds_per_block: Number = 0.0,
    follow_up: FollowUp | None = None,
) -> Run:
    """Run requests through a scheduler, each step as long as `step_seconds` says of its load.

    With `fast` a batch that only decodes runs on without asking the scheduler until a request
    ends, arrives or needs room: the same times to the last bit. A block copied to the host or back
    takes `swap_seconds_per_block` before the step; copies within the device take no time here. The
    requests are filled in and must be fresh.
    A step that takes no time, a negative or an unknown one raises ValueError.
    """
    execute = clocked(step_seconds, fast=fast, swap_seconds_per_block=swap_seconds_per_block)
    return drive(scheduler, arrivals, execute, follow_up=follow_up)


def clocked(
    step_seconds: Callable[[Load], float],
    *,
    fast: bool = True,
    swap_seconds_per_block: Number = 0.0,
) -> Execute:
    """Return an executor that computes nothing and says when each step of a turn ends.

    The arguments are those of `simulate`, and so is what raises ValueError.
    """
    swap_seconds_per_block = bounded(swap_seconds_per_block, "swap_seconds_per_block")

    def execute(turn: Turn) -> tuple[list[float], Outcome]:
        load, now, until = turn.batch.load, turn.now, turn.until
        now += swap_seconds_per_block * swapped_blocks(turn.batch)
        times: list[float] = []
        left = turn.steps if fast else 1
        while True:
            seconds = step_seconds(load)
            if not 0 < seconds < math.inf:
                raise ValueError(f"a step must take some time; {load} takes {seconds!r} s")
            now += seconds
            times.append(now)
            left -= 1
            if not left or now >= until:
                return times, ONE_EACH
            load = load.next()

    return execute


def swapped_blocks(batch: Batch) -> int:
    """Return the blocks copied before a step, in both directions."""
    return sum(len(swap.device_blocks) for swap in (*batch.swapped_out, *batch.swapped_in))
