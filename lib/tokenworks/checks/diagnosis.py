"""From results to a named mistake: compare what a learner got with what known mistakes give."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations
from typing import Any

from tokenworks.checks.attempt import Outcome, attempt
from tokenworks.checks.exercise import Exercise, Mistake
from tokenworks.checks.mutants import mutants
from tokenworks.checks.plain import Case, misfit, same
from tokenworks.checks.problems import Finding, problem_of, unwritten
from tokenworks.checks.source import edited

PAIRED = 3  # cases that must fail before two mistakes are named together: fewer fit by chance
UNIT_FACTORS: dict[float, str] = {
    8: "bits and bytes",
    100: "a percentage and a share",
    60: "seconds and minutes, or minutes and hours",
    3600: "seconds and hours",
    86400: "seconds and days",
    **{
        1000**i: "is a prefix (milli, kilo, mega, giga) missing or twice there"
        for i in (1, 2, 3, 4)
    },
    **{1024**i: "is a binary prefix (Ki, Mi, Gi) missing or twice there" for i in (1, 2, 3, 4)},
    **{(1024 / 1000) ** i: "decimal and binary units (GB and GiB)" for i in (1, 2, 3, 4)},
}


def diagnose(
    exercise: Exercise,
    cases: Sequence[Case],
    *,
    expected: list[Any],
    outcomes: Sequence[Outcome],
    hidden: bool = False,
) -> Finding:
    """Name the mistake behind wrong answers: a known one, else the problem, else a factor.

    Of hidden cases nothing is said but what is known by name.
    """
    failed = [
        i
        for i, outcome in enumerate(outcomes)
        if outcome.problem or not exercise.accepts(cases[i], expected[i], outcome.value)
    ]
    first = outcomes[failed[0]]
    if all(outcomes[i].problem == "unwritten" for i in failed):
        return unwritten(exercise)
    if exercise.fault:
        named = problem_of(first) or _broken(exercise, cases[failed[0]], first.value)
    else:
        named = _known(exercise, cases, outcomes) or problem_of(first)
        if not named and len(failed) >= PAIRED:
            named = _paired(exercise, cases, outcomes)
    if named or hidden:
        return named or ("", "Cases that are not shown fail: make up some of your own.")
    if exercise.fault:
        where = exercise.broken(cases[failed[0]], first.value)
        return (where.name, where.where) if where else _wrong_kind([], first.value) or ("", "")
    return (
        _wrong_kind(expected[failed[0]], first.value, exercise.length)
        or _rounded([(expected[i], outcomes[i].value) for i in failed])
        or _factor([(e, outcome.value) for e, outcome in zip(expected, outcomes, strict=True)])
        or ("", "Work the first wrong case by hand and compare each step.")
    )


def _broken(exercise: Exercise, case: Case, got: Any) -> Finding | None:
    """Name the rule that an answer breaks, where it is one of the known mistakes."""
    fault = exercise.broken(case, got)
    hints = {mistake.name: mistake.hint for mistake in exercise.mistakes}
    return (fault.name, hints[fault.name]) if fault and fault.name in hints else None


def _known(
    exercise: Exercise, cases: Sequence[Case], outcomes: Sequence[Outcome]
) -> Finding | None:
    """Find the known mistake that gives this answer in every case."""
    for mistake, wrong in zip(exercise.mistakes, exercise.wrong, strict=True):
        if _explains(wrong, exercise, cases=cases, outcomes=outcomes):
            return mistake.name, mistake.hint
    return None


def _paired(
    exercise: Exercise, cases: Sequence[Case], outcomes: Sequence[Outcome]
) -> Finding | None:
    """Find two known mistakes that together give this answer in every case.

    Not where a single slip gives it as well, which is likelier than two mistakes.
    """
    explains = partial(_explains, exercise=exercise, cases=cases, outcomes=outcomes)
    for first, second in combinations(exercise.mistakes, 2):
        both = _together(exercise, first, second)
        if both and explains(both):
            if any(explains(slip) for _, slip in mutants(exercise.solution)):
                return None
            return f"{first.name}; and {second.name}", f"{first.hint} {second.hint}"
    return None


def _together(exercise: Exercise, first: Mistake, second: Mistake) -> Callable[..., Any] | None:
    """Return the solution with the edits of two mistakes, where both can be made."""
    if not (isinstance(first.change, tuple) and isinstance(second.change, tuple)):
        return None
    try:
        return edited(exercise.solution, [*first.edits, *second.edits])
    except (ValueError, SyntaxError):  # the one edit changed what the other replaces
        return None


def _explains(
    wrong: Callable[..., Any],
    exercise: Exercise,
    *,
    cases: Sequence[Case],
    outcomes: Sequence[Outcome],
) -> bool:
    """Tell whether a mistake gives what the learner got in every case, right or wrong."""
    return all(
        _alike(attempt(exercise.asked(wrong), case), outcome, exercise.tolerance)
        for case, outcome in zip(cases, outcomes, strict=True)
    )


def _alike(theirs: Outcome, ours: Outcome, tolerance: float) -> bool:
    if theirs.problem == "raised" == ours.problem:  # the same exception, wherever it was raised
        return theirs.detail.split(":")[0].split()[0] == ours.detail.split(":")[0].split()[0]
    return theirs.problem == ours.problem in ("", "changed") and _equal(theirs, ours, tolerance)


def _equal(theirs: Outcome, ours: Outcome, tolerance: float) -> bool:
    return same(_nan_free(theirs.value), _nan_free(ours.value), tolerance)


def _nan_free(value: Any) -> Any:
    """Replace NaN by text, so that a NaN equals a NaN."""
    if isinstance(value, list):
        return [_nan_free(element) for element in value]
    return "NaN" if value != value else value


def _wrong_kind(expected: Any, got: Any, length: int | None = None) -> Finding | None:
    if got is None:
        return ("it returns None", "Does every path through the function end in `return`?")
    why = misfit(expected, got, length)
    if not why:
        return None
    if isinstance(got, list) and why.startswith("has "):
        return ("a list of the wrong length", f"The answer {why}.")
    if why.endswith(("is nan", "is inf", "is -inf")):
        return ("it is not a finite number", f"The answer {why}: look for a division or overflow.")
    return ("it returns the wrong kind", f"The answer {why}.")


def _rounded(pairs: list[tuple[Any, Any]]) -> Finding | None:
    """Notice that every answer is the right one made whole."""
    if not all(isinstance(e, float) and isinstance(g, int | float) for e, g in pairs):
        return None
    # what is less than 1 away is finite, and so can be made whole
    if not all(abs(e) > 1 and abs(e - g) < 1 and g == int(g) for e, g in pairs):
        return None
    return ("it is rounded", "Return the number as it is, with its fraction.")


def _factor(pairs: list[tuple[Any, Any]]) -> Finding | None:
    """Notice that every answer is off by the same factor, and whether that is a unit's."""
    pairs = [(e, g) for e, g in pairs if not (e == g == 0)]
    if not all(isinstance(v, int | float) and v for pair in pairs for v in pair) or len(pairs) < 2:
        return None
    ratios = [got / expected for expected, got in pairs]
    if not all(math.isclose(ratios[0], ratio, rel_tol=1e-6) for ratio in ratios):
        return None
    told = f"Every answer is {ratios[0]:.6g} times the right one"
    for factor, units in UNIT_FACTORS.items():
        if any(math.isclose(ratios[0], f, rel_tol=1e-6) for f in (factor, 1 / factor)):
            return ("a unit", f"{told}: {units}?")
    return ("off by a constant factor", f"{told}: which factor is missing, or one too many?")
