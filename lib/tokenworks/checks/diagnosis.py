"""From results to a named mistake: compare what a learner got with what known mistakes give."""

from __future__ import annotations

import dis
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

from tokenworks.checks.attempt import Outcome, attempt
from tokenworks.checks.plain import misfit, same
from tokenworks.checks.question import Case, Question

Finding = tuple[str, str]  # the mistake's name, and a hint

EMPTY_BODY = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}
PROBLEMS: dict[str, Finding] = {
    "raised": ("it raises", "{detail}. Call it yourself with the arguments below."),
    "time": ("it does not end in time", "Look for a loop whose condition never turns false."),
    "stuck": (
        "it does not end in time",
        "It hangs inside one call; keep to plain Python or NumPy, without JAX or threads.",
    ),
    "crashed": ("it ends the process", "{detail}; return a value instead."),
    "changed": (
        "it changes its arguments",
        "The caller still needs the list it passed: build a new one instead of editing in place.",
    ),
    "unusable": ("it returns the wrong kind", "It returned {detail}; return a number or a list."),
}


def unusable(question: Question, answer: object) -> Finding | None:
    """Say why an answer cannot be tried at all."""
    if not callable(answer):
        return (
            "not a function",
            f'Pass the function itself, without brackets after its name: check("{question.id}", '
            f"name). This is {_kind(answer)}.",
        )
    if is_unwritten(answer):
        return ("not yet written", f"Replace the dots by your code: {question.size_hint}.")
    wanted = len(question.cases[0])
    try:
        inspect.signature(answer).bind(*question.cases[0])
    except TypeError:
        return ("wrong parameters", f"It must take {wanted} arguments, as in the stub.")
    except ValueError:  # some built-ins have no signature
        return None
    return None


def told(outcome: Outcome) -> str:
    """Say in a few words what went wrong in one call, or nothing when it gave a value."""
    words = {
        "raised": "it raised {detail}",
        "time": "no answer in time",
        "stuck": "no answer in time",
        "crashed": "{detail}",
        "changed": "it changed its arguments",
        "unusable": "it returned {detail}",
        "unwritten": "not yet written",
    }
    return words.get(outcome.problem, "").replace("{detail}", outcome.detail)


def is_unwritten(function: Callable[..., Any]) -> bool:
    """Tell whether a function's body is nothing but dots, pass or a docstring."""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    steps = list(dis.get_instructions(code))
    returned = [step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")]
    return {step.opname for step in steps} <= EMPTY_BODY and returned[-1:] in ([None], [...])


def diagnose(
    question: Question, cases: Sequence[Case], *, expected: list[Any], outcomes: Sequence[Outcome]
) -> Finding:
    """Name the mistake behind wrong answers: a known one, else the problem, else a factor."""
    failed = [
        i
        for i, outcome in enumerate(outcomes)
        if outcome.problem or not question.accepts(cases[i], expected[i], outcome.value)
    ]
    first = outcomes[failed[0]]
    if all(outcomes[i].problem == "unwritten" for i in failed):
        return ("not yet written", f"Replace the dots by your code: {question.size_hint}.")
    if question.fault:
        found = _problem(first) or _broken(question, cases[failed[0]], first.value)
        return found or _wrong_kind([], first.value) or ("", "")
    return (
        _known(question, cases, outcomes=outcomes, failed=failed)
        or _problem(first)
        or _wrong_kind(expected[failed[0]], first.value)
        or _rounded([(expected[i], outcomes[i].value) for i in failed])
        or _factor([(expected[i], outcomes[i].value) for i in failed])
        or ("", "Work the first wrong case by hand and compare each step.")
    )


def _broken(question: Question, case: Case, got: Any) -> Finding | None:
    """Name the rule that an answer breaks, with the hint that belongs to it."""
    fault = question.broken(case, got)
    hints = {mistake.name: mistake.hint for mistake in question.misconceptions}
    return (fault.name, hints.get(fault.name, fault.where)) if fault else None


def _known(
    question: Question,
    cases: Sequence[Case],
    *,
    outcomes: Sequence[Outcome],
    failed: list[int],
) -> Finding | None:
    """Find the known mistake that explains most wrong cases, and at least half of them."""
    best, finding = (0, 0), None
    for mistake in question.misconceptions:
        theirs = [attempt(mistake.wrong, case) for case in cases]
        agree = [i for i in range(len(cases)) if _alike(theirs[i], outcomes[i], question.tolerance)]
        explained = len(set(agree) & set(failed))
        if 2 * explained >= len(failed) and (explained, len(agree)) > best:
            best, finding = (explained, len(agree)), (mistake.name, mistake.hint)
    return finding


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


def _problem(outcome: Outcome) -> Finding | None:
    if outcome.problem not in PROBLEMS:
        return None
    name, hint = PROBLEMS[outcome.problem]
    return name, hint.replace("{detail}", outcome.detail)


def _wrong_kind(expected: Any, got: Any) -> Finding | None:
    if got is None:
        return ("it returns None", "Does every path through the function end in `return`?")
    why = misfit(expected, got)
    if not why:
        return None
    if "nan" in why or "inf" in why:
        return ("it is not a finite number", f"The answer {why}: look for a division or overflow.")
    return ("it returns the wrong kind", f"The answer {why}.")


def _rounded(pairs: list[tuple[Any, Any]]) -> Finding | None:
    """Notice that every answer is the right one made whole."""
    if not all(isinstance(e, float) and isinstance(g, int | float) for e, g in pairs):
        return None
    if not all(abs(e) > 1 and g == int(g) and abs(e - g) < 1 for e, g in pairs):
        return None
    return ("it is rounded", "Return the number as it is, with its fraction.")


def _factor(pairs: list[tuple[Any, Any]]) -> Finding | None:
    """Notice that every answer is off by the same factor."""
    if not all(isinstance(e, int | float) and e and g for e, g in pairs) or len(pairs) < 2:
        return None
    ratios = [got / expected for expected, got in pairs]
    if not all(math.isclose(ratios[0], ratio, rel_tol=1e-6) for ratio in ratios):
        return None
    return (
        "off by a constant factor",
        f"Every wrong answer is {ratios[0]:.6g} times the right one: is it a unit?",
    )


def _kind(answer: object) -> str:
    try:
        return "None" if answer is None else f"a value of type {type(answer).__name__}"
    except Exception:  # the grader's door: even a type may misbehave
        return "something else"
