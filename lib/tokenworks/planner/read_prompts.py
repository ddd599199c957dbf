"""What reading prompts adds to the steps of a copy, alone or beside answers."""

from __future__ import annotations

from tokenworks.cost.mixed_step import Load
from tokenworks.cost.slice_loads import prompt_load
from tokenworks.planner.tabulated_clock import Clock


def added_seconds(clock: Clock, prompts: int, tokens: int, *, beside: Load | None) -> float:
    """Return what each of so many prompts of one step adds to it, beside some answers.

    Source: derived: the step with both, less the step of the answers, shared by the prompts.
    """
    read = Load(*(prompts * each for each in prompt_load(tokens)))
    return _longer(clock, read, beside) / prompts


def prompt_seconds(
    clock: Clock, tokens: int, *, step_tokens: int, beside: Load | None = None
) -> float:
    """Return the time to read a prompt in as many steps as it takes, beside some answers.

    Source: derived: the sum of what each of its steps adds.
    """
    total = 0.0
    for start in range(0, tokens, step_tokens):
        piece = min(step_tokens, tokens - start)
        read = prompt_load(piece, before_tokens=start, last=start + piece == tokens)
        total += _longer(clock, read, beside)
    return total


def _longer(clock: Clock, read: Load, beside: Load | None) -> float:
    """Return by how much a step is longer that reads this, too."""
    if beside is None:
        return clock(read)
    both = Load(*(one + other for one, other in zip(beside, read, strict=True)))
    return clock(both) - clock(beside)
