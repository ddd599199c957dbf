"""What an exercise is: a solved function whose docstring is the task, its cases and its mistakes.

    @exercise(1, cases=(…), draw=_draw, unit="bytes", examples=(…), mistakes=(…))
    def kv_bytes_per_token(n_layers, …):
        \"""Cache bytes of one token.

        The task …
        \"""
        return …

Title, stub, size hint, notebook and class build are derived from it; nothing is written twice.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from random import Random
from typing import Any

from tokenworks.checks.plain import Case, apart, same
from tokenworks.checks.source import Edit, body_lines, edited, stub

Function = Callable[..., Any]


@dataclass(frozen=True)
class Mistake:
    """One known mistake: its name, the change that makes it, and what to think about.

    The change is an edit (old, new) of the solution's source, several of them, or a function that
    makes the mistake where no edit can say it.
    """

    name: str
    change: Edit | tuple[Edit, ...] | Function
    hint: str

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits, where the change is one or several."""
        change: Any = self.change if isinstance(self.change, tuple) else ()
        return (change,) if change and isinstance(change[0], str) else change

    def wrong(self, solution: Function) -> Function:
        """Return the solution with the mistake in it; ValueError where an edit does not apply."""
        if not isinstance(self.change, tuple):
            return self.change
        return edited(solution, self.edits)


@dataclass(frozen=True)
class Fault:
    """A rule that an answer breaks: the name of its mistake, and where the answer does so."""

    name: str
    where: str

    def at(self, place: str) -> Fault:
        """Return the fault as a sentence that begins with its place, such as "Step 3"."""
        return Fault(self.name, f"{place}: {self.where}.")


@dataclass(frozen=True)
class Example:
    """A call that the task shows: its arguments, and the answer as the text prints it.

    `shows` computes the other numbers that the sentence states, from the same arguments.
    """

    arguments: Case
    answer: str
    shows: tuple[tuple[str, Function], ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Exercise:
    """One exercise: the solved function, its cases, and how far off an answer is.

    `distance(expected, got)` is in `unit`, 0 when right. `tolerance` is relative; 0 is exact.
    `length` is how many elements each answer has, where all are lists of as many.
    `draw` makes a case from a generator. Where several answers are right, `fault(case, got)`
    decides in place of the solution: it returns the first rule that a list breaks, or None.
    `run(policy, *case)` is given where the function is a policy, which decides at every moment of a
    run: then a case is what is run, and an answer what came of it. Examples are single decisions.
    """

    number: int
    solution: Function
    examples: tuple[Example, ...]
    cases: tuple[Case, ...]
    draw: Callable[[Random], Case]
    mistakes: tuple[Mistake, ...]
    unit: str
    distance: Callable[[Any, Any], float] = apart
    tolerance: float = 1e-6
    length: int | None = None
    answer_unit: str | None = None  # of the answer itself, where it is not `unit`
    fault: Callable[[Case, Any], Fault | None] | None = None
    picture: Callable[[Case, Any, Any], str] | None = None  # HTML of case, expected and got
    run: Callable[..., Any] | None = None

    def __call__(self, *arguments: Any) -> Any:
        """Solve a case."""
        return self.asked(self.solution)(*arguments)

    def asked(self, function: Function) -> Function:
        """Return what takes a case: the function itself, or the run in which it decides."""
        return partial(self.run, function) if self.run else function

    def __repr__(self) -> str:
        """Name the exercise."""
        return f"<exercise {self.id} {self.title}>"

    @cached_property
    def id(self) -> str:
        """The chapter's number and this one's, such as "05.1"."""
        chapter = sys.modules[self.solution.__module__.rpartition(".")[0]]
        return f"{chapter.CHAPTER[:2]}.{self.number}"

    @property
    def name(self) -> str:
        """The name of the function that a learner writes."""
        return self.solution.__name__

    @property
    def title(self) -> str:
        """The first line of the docstring."""
        return inspect.cleandoc(self.solution.__doc__ or "").partition("\n")[0].removesuffix(".")

    @property
    def task(self) -> str:
        """The docstring after its first line."""
        return inspect.cleandoc(self.solution.__doc__ or "").partition("\n")[2].strip()

    @property
    def parameters(self) -> tuple[str, ...]:
        """What the function takes, by name."""
        return tuple(inspect.signature(self.solution).parameters)

    def case_names(self, parameters: Sequence[str]) -> list[str]:
        """Name the parts of a case: as a learner's function does, or as the run does."""
        return list(inspect.signature(self.run).parameters)[1:] if self.run else list(parameters)

    @property
    def size_hint(self) -> str:
        """How long the solution is."""
        lines = len(body_lines(self.solution))
        return f"about {lines} line{'s' if lines > 1 else ''}"

    @property
    def stub(self) -> str:
        """The function with its title and dots for its body."""
        return stub(self.solution, f"{self.title}.", self.size_hint)

    @cached_property
    def wrong(self) -> tuple[Function, ...]:
        """The solution with each of the mistakes in it, in their order."""
        return tuple(mistake.wrong(self.solution) for mistake in self.mistakes)

    def broken(self, case: Case, got: Any) -> Fault | None:
        """Return the first rule that an answer breaks, where the exercise has rules."""
        return self.fault(case, got) if self.fault and isinstance(got, list) else None

    def accepts(self, case: Case, expected: Any, got: Any) -> bool:
        """Tell whether a plain value answers a case."""
        if self.fault:
            return isinstance(got, list) and self.fault(case, got) is None
        return same(expected, got, self.tolerance)

    @property
    def shown_unit(self) -> str:
        """The unit in which the answers themselves are printed."""
        return self.unit if self.answer_unit is None else self.answer_unit

    @property
    def rule(self) -> str:
        """Say to the learner how answers are compared."""
        if self.fault:
            return "Every answer is right that breaks none of the rules; the reference is one."
        if self.tolerance == 0:
            return "Answers are compared exactly."
        return f"A number is right when it is within {self.tolerance * 100:g} % of the reference."


def exercise(
    number: int,
    *,
    examples: tuple[Example, ...],
    cases: tuple[Case, ...],
    draw: Callable[[Random], Case],
    mistakes: tuple[Mistake, ...],
    unit: str,
    **options: Any,
) -> Callable[[Function], Exercise]:
    """Make an exercise out of its solution; the options are the further fields of Exercise."""

    def decorate(solution: Function) -> Exercise:
        return Exercise(
            number=number,
            solution=solution,
            examples=examples,
            cases=cases,
            draw=draw,
            mistakes=mistakes,
            unit=unit,
            **options,
        )

    return decorate
