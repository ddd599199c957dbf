"""What can go wrong with an answer before it is compared, in words for the learner."""

from __future__ import annotations

import builtins
import dis
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tokenworks.checks.attempt import Outcome
from tokenworks.checks.exercise import Exercise

Finding = tuple[str, str]  # the mistake's name, and a hint

EMPTY_BODY = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}
PROBLEMS: dict[str, Finding] = {
    "raised": (
        "it raises",
        "{detail}. Go through it with the arguments of a case, or print on the way.",
    ),
    "time": ("it does not end in time", "Look for a loop whose condition never turns false."),
    "stuck": (
        "it does not end in time",
        "It hangs inside one call of a library; keep to plain Python or NumPy, without threads.",
    ),
    "jax": (
        "it does not end in time",
        "Look for a loop whose condition never turns false. Where there is none, JAX may be called "
        "by a detour: a check runs the function in a copy of this process, in which JAX does not "
        "work. Call JAX directly in the function, or use NumPy.",
    ),
    "crashed": ("it ends the process", "{detail}; return a value instead."),
    "changed": (
        "it changes its arguments",
        "The caller still needs the list it passed: build a new one instead of editing in place.",
    ),
    "unusable": (
        "it returns the wrong kind",
        "It returned {detail}; return what the text asks for: a number, text or a list.",
    ),
}


def unusable(exercise: Exercise, answer: object) -> Finding | None:
    """Say why an answer cannot be tried at all."""
    if answer is None:
        return (
            "not defined",
            "There is no function of that name: run the cell that defines it, and see whether "
            "that cell ends in an error.",
        )
    if not callable(answer):
        return (
            "not a function",
            f'Pass the function itself, without brackets after its name: check("{exercise.id}", '
            f"name). This is {_kind(answer)}.",
        )
    if is_unwritten(answer):
        return unwritten(exercise)
    wanted = exercise.parameters
    try:
        inspect.signature(answer).bind(*wanted)
    except TypeError:
        return ("wrong parameters", f"It must take {len(wanted)} arguments, as in the stub.")
    except ValueError:  # some built-ins have no signature
        pass
    return None


def unwritten(exercise: Exercise) -> Finding:
    """Say that the body of a function is still the dots of its stub."""
    return ("not yet written", f"Replace the dots by your code: {exercise.size_hint}.")


def told(outcome: Outcome) -> str:
    """Say in a few words what went wrong in one call, or nothing when it gave a value."""
    words = {
        "raised": "it raised {detail}",
        "time": "no answer in time",
        "stuck": "no answer in time",
        "jax": "no answer in time",
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


def problem_of(outcome: Outcome) -> Finding | None:
    """Name what went wrong in one call, with a hint; None where it gave a value."""
    if outcome.problem not in PROBLEMS:
        return None
    name, hint = PROBLEMS[outcome.problem]
    return name, hint.replace("{detail}", outcome.detail)


def hushed(outcome: Outcome) -> Outcome:
    """Take out of an outcome of a hidden case what the answer's own code may have put in.

    An exception's text could show the arguments; the name of a built-in exception stays.
    """
    raised = outcome.detail.split(":")[0].split(" ")[0]
    known = outcome.problem == "raised" and raised in vars(builtins)
    words = {"raised": raised if known else "an exception", "unusable": "something else"}
    return replace(outcome, detail=words.get(outcome.problem, outcome.detail))


def _kind(answer: object) -> str:
    try:
        return f"a value of type {type(answer).__name__}"
    except Exception:  # the grader's door: even a type may misbehave
        return "something else"
