"""A clock for the simulator that works out each step once: contexts are rounded up to a grid."""

from __future__ import annotations

from collections.abc import Callable

from tokenworks.cost.mixed_step import Load

Clock = Callable[[Load], float]


def tabulated(clock: Clock, *, tokens: int) -> Clock:
    """Return a clock that rounds the mean context of decodes up to whole `tokens`.

    No step gets shorter by it. What prompts read stays as it is.
    Source: derived: caches are read evenly, so that a longer context takes longer.
    """
    known: dict[Load, float] = {}

    def seconds(load: Load) -> float:
        sequences, rows, logit_rows, context, pairs, prompts, prompt_pairs = load
        decodes = sequences - prompts
        if decodes:
            more = (prompt_pairs - pairs) % (tokens * decodes)
            load = Load(
                sequences, rows, logit_rows, context + more, pairs + more, prompts, prompt_pairs
            )
        found = known.get(load)
        if found is None:
            found = known[load] = clock(load)
        return found

    return seconds


def slowed(clock: Clock, factor: float) -> Clock:
    """Return a clock whose steps take so many times as long."""
    return lambda load: factor * clock(load)
