"""What a question is: a specification as data, with the mistakes it knows by name."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tokenworks.checks.plain import same

Case = tuple[Any, ...]


@dataclass(frozen=True)
class Misconception:
    """One known mistake: its name, an implementation that makes it, and what to think about."""

    name: str
    wrong: Callable[..., Any]
    hint: str


@dataclass(frozen=True)
class Fault:
    """A rule that an answer breaks: the name of its misconception, and where the answer does so."""

    name: str
    where: str


@dataclass(frozen=True)
class Question:
    """One exercise: the reference, its cases, and how far off an answer is in the chapter's unit.

    `distance(expected, got)` is in `unit`, 0 when right. `tolerance` is relative; 0 is exact.
    Where several answers are right, `fault(case, got)` decides in place of the reference: it finds
    the first rule that a list breaks, whatever the list holds, or returns None.
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
    fault: Callable[[Case, Any], Fault | None] | None = None
    picture: Callable[[Case, Any, Any], str] | None = None  # HTML of case, expected and got

    def broken(self, case: Case, got: Any) -> Fault | None:
        """Return the first rule that an answer breaks, where the question has rules."""
        return self.fault(case, got) if self.fault and isinstance(got, list) else None

    def accepts(self, case: Case, expected: Any, got: Any) -> bool:
        """Tell whether a plain value answers a case."""
        if self.fault:
            return isinstance(got, list) and self.fault(case, got) is None
        return same(expected, got, self.tolerance)

    @property
    def rule(self) -> str:
        """Say to the learner how answers are compared."""
        if self.fault:
            return "Every answer is right that breaks none of the rules; the reference is one."
        if self.tolerance == 0:
            return "Answers are compared exactly."
        return f"A number is right when it is within {self.tolerance * 100:g} % of the reference."


def fresh_cases(question: Question, seed: str, *, count: int = 12) -> tuple[Case, ...]:
    """Draw the hidden cases that belong to a teacher's seed; the same seed gives the same cases."""
    generator = random.Random(f"{seed}/{question.id}")
    return tuple(question.fresh_case(generator) for _ in range(count))
