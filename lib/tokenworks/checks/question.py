"""What a question is: a specification as data, with the mistakes it knows by name."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Case = tuple[Any, ...]


@dataclass(frozen=True)
class Misconception:
    """One known mistake: its name, an implementation that makes it, and what to think about."""

    name: str
    wrong: Callable[..., Any]
    hint: str


@dataclass(frozen=True)
class Question:
    """One exercise: the reference, its cases, and how far off an answer is in the chapter's unit.

    `distance(expected, got)` is in `unit`, 0 when right. `tolerance` is relative; 0 is exact.
    """

    id: str
    title: str
    size_hint: str
    oracle: Callable[..., Any]
    cases: tuple[Case, ...]
    fresh_case: Callable[[random.Random], Case]
    misconceptions: tuple[Misconception, ...]
    distance: Callable[[Any, Any], float]
    unit: str
    tolerance: float = 1e-6
    answer_unit: str | None = None  # of the answer itself, where it is not `unit`
    segments: Callable[..., list[tuple[int, float]]] | None = None  # (id, share), drawn in a row

    @property
    def rule(self) -> str:
        """Say to the learner how answers are compared."""
        if self.tolerance == 0:
            return "Answers are compared exactly."
        return f"A number is right when it is within {self.tolerance * 100:g} % of the reference."


def fresh_cases(question: Question, seed: str, *, count: int = 12) -> tuple[Case, ...]:
    """Draw the hidden cases that belong to a teacher's seed; the same seed gives the same cases."""
    generator = random.Random(f"{seed}/{question.id}")
    return tuple(question.fresh_case(generator) for _ in range(count))
