"""The slow end of a server's times at each batch, by simulation: where it crosses what is promised.

Users ask again as soon as they are answered, so that as many requests are inside as there are
users. A token's gap is long where a prompt is read beside it, and that, not the mean step, is what
a promise of 99 in 100 is about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tokenworks.cost.mixed_step import Load
from tokenworks.number import whole
from tokenworks.percentiles import percentile
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.closed_system import closed_loop
from tokenworks.serving.lengths import Lengths, Samples
from tokenworks.serving.metrics import Timed, all_tpot, pooled_itl, throughput, ttft_seconds
from tokenworks.serving.policy import Policy
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate

BLOCK = 16


class TailPoint(NamedTuple):
    """Users at once, and what they see: the middle and the slow end, in seconds."""

    batch: int
    requests: int  # behind the percentiles
    tpot_p50_seconds: float
    tpot_p99_seconds: float  # one vote for each answer
    itl_p99_seconds: float  # one vote for each gap
    ttft_p99_seconds: float
    output_tokens_per_s: float


def tails_by_batch(
    step_seconds: Callable[[Load], float],
    batches: Sequence[int],
    *,
    lengths: Lengths | Samples,
    cached_tokens: int,
    chunk_tokens: int | None = None,
    count: int = 400,
    seed: int = 1,
) -> list[TailPoint]:
    """Return the times of users at each batch, of the middle half of so many requests or more.

    `step_seconds` is a clock (`cost.step_clock` for floors, `cost.expected_clock`), `cached_tokens`
    what the memory holds; requests that find it full wait, or are stopped and read again.
    `chunk_tokens` is the budget of a step, None reads prompts whole. Counts below 1, and requests
    that do not fit at all, raise ValueError. Source: derived: `simulate` of a closed loop.
    """
    blocks = whole(cached_tokens, "cached_tokens") // BLOCK
    return [
        _point(
            step_seconds,
            whole(batch, "batch"),
            lengths=lengths,
            scheduler=Scheduler(
                Policy(max_batch=batch, max_batch_tokens=chunk_tokens), BlockPool(blocks, BLOCK)
            ),
            count=max(whole(count, "count"), 8 * batch),
            seed=seed,
        )
        for batch in batches
    ]


def _point(
    step_seconds: Callable[[Load], float],
    batch: int,
    *,
    lengths: Lengths | Samples,
    scheduler: Scheduler,
    count: int,
    seed: int,
) -> TailPoint:
    first, again = closed_loop(batch, count, lengths=lengths, seed=seed)
    done = simulate(scheduler, first, step_seconds, follow_up=again).requests
    steady, seconds = _middle(done)
    tpot, ttft = all_tpot(steady), [ttft_seconds(each) for each in steady]
    if not tpot:
        raise ValueError("every answer has a single token, so there is no time between tokens")
    return TailPoint(
        batch,
        len(steady),
        percentile(tpot, 50),
        percentile(tpot, 99),
        percentile(pooled_itl(steady), 99),
        percentile(ttft, 99),
        throughput(steady, seconds).output_tokens_per_s,
    )


def _middle(done: Sequence[Timed]) -> tuple[list[Timed], float]:
    """Return the requests that ended in the middle half, and how long that took."""
    ordered = sorted(done, key=lambda each: each.finished_seconds or 0.0)
    start, end = len(ordered) // 4, 3 * len(ordered) // 4
    times = [each.finished_seconds or 0.0 for each in ordered]
    return ordered[start:end], times[end - 1] - times[start - 1]
