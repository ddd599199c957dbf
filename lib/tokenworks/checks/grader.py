"""The door: `check(id, function)` tries a function on an exercise's cases and reports."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tokenworks.checks.attempt import Outcome, Trial, attempt
from tokenworks.checks.catalogue import all_exercises, chapters, exercises
from tokenworks.checks.diagnosis import diagnose
from tokenworks.checks.exercise import Exercise
from tokenworks.checks.hidden import hidden_cases, hidden_seed
from tokenworks.checks.picture import amount, draw
from tokenworks.checks.plain import Case, exact, misfit
from tokenworks.checks.problems import hushed, told, unusable
from tokenworks.checks.report import Report, Row
from tokenworks.checks.sandbox import run
from tokenworks.number import Number, shown


def check(
    exercise_id: Any, answer: Any, *, hidden: bool = False, limit_seconds: Number = 5.0
) -> Report:
    """Try a learner's function and report score, mistake and hint; it always returns, in time.

    `hidden` draws other cases from the teacher's seed and reports none of them.
    """
    is_text = isinstance(exercise_id, str)
    known = exercises(exercise_id[:2]) if is_text and exercise_id[:2] in chapters() else {}
    if not is_text or exercise_id not in known:
        return _unknown(exercise_id)
    exercise = known[exercise_id]
    cases = hidden_cases(exercise, hidden_seed()) if hidden else exercise.cases
    trial = tried(exercise, answer, cases=cases, limit_seconds=limit_seconds)
    names = exercise.case_names(_names(answer))
    return judge(exercise, cases, trial=trial, names=names, hidden=hidden)


def _unknown(exercise_id: Any) -> Report:
    given = shown(exercise_id)
    why, headed = f'An id is text, in quotes as in check("01.1", name); {given} is none.', given
    if isinstance(exercise_id, str):
        why, headed = f"No exercise has the id {given}.", exercise_id
    listed = ", ".join(all_exercises())
    return Report(headed, "unknown exercise", 0, 0, hint=f"{why} The ids are {listed}.")


def tried(
    exercise: Exercise, answer: Any, *, cases: Sequence[Case], limit_seconds: Number = 5.0
) -> Trial:
    """Call a learner's function on every case, or say why that is impossible."""
    finding = unusable(exercise, answer)
    if finding:
        return Trial((), unusable=finding)
    return run(exercise.asked(answer), cases, limit_seconds=limit_seconds)


def _names(function: Callable[..., Any]) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # some built-ins have no signature
        return []


def judge(
    exercise: Exercise,
    cases: Sequence[Case],
    *,
    trial: Trial,
    names: Sequence[str] = (),
    hidden: bool = False,
) -> Report:
    """Compare what a learner's function did with the solution; of hidden cases nothing is shown."""
    if trial.unusable:
        name, hint = trial.unusable
        return Report(exercise.id, exercise.title, 0, len(cases), "", name, hint)
    outcomes = tuple(map(hushed, trial.outcomes)) if hidden else trial.outcomes
    expected = [attempt(exercise, case).value for case in cases]
    rights = [
        not outcome.problem and exercise.accepts(case, value, outcome.value)
        for case, value, outcome in zip(cases, expected, outcomes, strict=True)
    ]
    name = hint = ""
    if not all(rights):
        name, hint = diagnose(exercise, cases, expected=expected, outcomes=outcomes, hidden=hidden)
    report = Report(
        id=exercise.id,
        title=exercise.title,
        cases_passed=sum(rights),
        cases=len(cases),
        misconception=name,
        hint=hint,
        rule=exercise.rule,
        unit=exercise.shown_unit,
    )
    if hidden:
        return report
    rows = [
        _row(exercise, case, result=result, names=names)
        for case, *result in zip(cases, expected, outcomes, rights, strict=True)
    ]
    score = _score(exercise, expected, outcomes=outcomes, rights=rights)
    return replace(report, score=score, printed=trial.printed, rows=tuple(rows))


def _row(exercise: Exercise, case: Case, *, result: list[Any], names: Sequence[str]) -> Row:
    expected, outcome, right = result
    problem = told(outcome)
    if not problem and (why := misfit(expected, outcome.value, exercise.length)):
        problem = f"the answer {why}"
    picture = ""
    if not problem and exercise.picture:
        picture = exercise.picture(case, expected, outcome.value)
    elif not problem:
        unit = exercise.shown_unit
        picture = draw(expected, outcome.value, unit=unit)
    fault = None if problem else exercise.broken(case, outcome.value)
    where = fault.where if fault else ""
    return Row(_arguments(case, names), expected, outcome.value, right, problem, picture, where)


def _arguments(case: Case, names: Sequence[str]) -> str:
    shown = [exact(argument, 120) for argument in case]
    if len(names) != len(shown):
        return ", ".join(shown)
    return ", ".join(f"{name}={value}" for name, value in zip(names, shown, strict=True))


def _score(
    exercise: Exercise, expected: list[Any], *, outcomes: Sequence[Outcome], rights: list[bool]
) -> str:
    """Add up how far off the comparable answers are, in the exercise's own unit."""
    off, silent = 0.0, 0
    for value, outcome, right in zip(expected, outcomes, rights, strict=True):
        distance = attempt(exercise.distance, (value, outcome.value))
        if outcome.problem or distance.problem or not math.isfinite(distance.value):
            silent += 1
        elif not right:
            off += distance.value
    if silent:
        return f"{silent} of {len(expected)} cases gave nothing to measure."
    return f"Off by {amount(off, exercise.unit)} in all; 0 is best."
