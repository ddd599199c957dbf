"""Layers in stages, one after the other: which stage works on what when, and what stands idle.

Time is counted in turns: what one stage takes for one micro-batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tokenworks.cost.domain import Count, physical


class Turn(NamedTuple):
    """One stage at work: on which micro-batch, in which pass (token) of it, from when."""

    stage: int
    micro_batch: int
    token: int
    start: int


@physical
def bubble_share(stages: Count, micro_batches: Count) -> float:
    """Return the share of all turns in which stages stand idle while a batch passes once.

    The last stage waits for the first micro-batch, the first for the last to leave.
    Source: https://arxiv.org/abs/1811.06965: (p - 1)/(m + p - 1).
    """
    return (stages - 1) / (micro_batches + stages - 1)


@physical
def decode_bubble_share(stages: Count, micro_batches: Count) -> float:
    """Return the share of turns that stand idle in the long run, token after token.

    A micro-batch's next token can start when its last one has left the last stage: with as many
    micro-batches as stages nobody waits. Source: derived: m of p stages have work.
    """
    return max(0.0, 1 - micro_batches / stages)


@physical
def pipeline_schedule(
    stages: Count, micro_batches: Count, *, tokens: Count = 1, flush: bool = False
) -> list[Turn]:
    """Return who works on what when, for so many tokens of each micro-batch, by time of start.

    A stage takes the micro-batch that came first; token k + 1 of one needs its token k out of the
    last stage. `flush` lets no token start before all micro-batches have finished the one before:
    what GPipe does between updates of the weights, and inference need not.
    Source: derived; https://arxiv.org/abs/1811.06965 for one token.
    """
    free, out = [0] * stages, [0] * micro_batches
    turns = []
    for token in range(tokens):
        for batch in range(micro_batches):
            ready = max(out) if flush and batch == 0 else out[batch]
            for stage in range(stages):
                start = max(ready, free[stage])
                turns.append(Turn(stage, batch, token, start))
                ready = free[stage] = start + 1
            out[batch] = ready
    return sorted(turns, key=lambda turn: (turn.start, turn.stage))


def idle_share(turns: Sequence[Turn]) -> float:
    """Return the share of all stages' turns, from the first to the last, that nobody works in.

    An empty schedule raises ValueError.
    """
    if not turns:
        raise ValueError("an empty schedule has no share")
    stages = max(turn.stage for turn in turns) + 1
    end = max(turn.start for turn in turns) + 1
    return 1 - len(turns) / (stages * end)
