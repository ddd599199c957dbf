"""A learner's text, run and graded: the same verdict as `check` gives in a notebook.

An answer is run in this process. Whoever started it ends it when time is over, counted from
`BEGINS`, and then asks a new one to judge what had been told until then. What a text puts in the
place of names of other modules, such as `math.pi = 3`, is put back before anything is judged.
"""

from __future__ import annotations

import ast
import contextlib
import json
import linecache
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from types import ModuleType
from typing import Any

from tokenworks.checks.attempt import Outcome, Printed, Trial
from tokenworks.checks.catalogue import exercises
from tokenworks.checks.exercise import Exercise
from tokenworks.checks.grader import judge
from tokenworks.checks.problems import unusable
from tokenworks.checks.sandbox import run_here

BEGINS = "begins"  # is told before the text runs
FILE = "your code"
MOST_PRINTED = 100_000  # characters of what a text prints
NOT_HERE = {"numpy": "NumPy", "jax": "JAX"}


def run_source(source: str, *, tell: Callable[[str], object]) -> dict[str, Any]:
    """Run a text; return what it printed, and in which line it went wrong, if it did."""
    printed = Printed(MOST_PRINTED)
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), _as_before():
        tell(BEGINS)
        _, problem = _space(source)
    return {"printed": printed.text, "problem": problem}


def check_source(exercise: str, source: str, *, tell: Callable[[str], object]) -> dict[str, Any]:
    """Run a learner's text, then try the function that it defines on every case.

    Each outcome is told as JSON text as soon as it is there. ValueError for an unknown exercise.
    """
    task, printed, trial = _exercise(exercise), Printed(), Trial(())
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), _as_before():
        tell(BEGINS)
        function, problem = _defined(source, task.name)
        if problem:
            return {"problem": problem, "printed": printed.text}
        if finding := unusable(task, function):
            trial = Trial((), unusable=finding)
        else:
            asked = task.asked(function)
            trial = run_here(asked, task.cases, told=lambda one: tell(json.dumps(asdict(one))))
    return _shown(task, replace(trial, printed=printed.text + trial.printed), source)


def judge_source(
    exercise: str, source: str, outcomes: Sequence[str], *, tell: Callable[[str], object]
) -> dict[str, Any]:
    """Judge an answer that did not end: what it told, and "no answer in time" for all other cases.

    The text is read and not run. ValueError for an unknown exercise.
    """
    del tell
    task = _exercise(exercise)
    found = [Outcome(**json.loads(one)) for one in outcomes]
    late = [Outcome(problem="time")] * (len(task.cases) - len(found))
    return _shown(task, Trial((*found, *late)), source)


@contextlib.contextmanager
def _as_before() -> Iterator[None]:
    """Put every name of every module back to what it was, once the learner's text has run.

    Names that have come stay: a module that was imported is one of its parent's.
    """
    modules = [each for each in sys.modules.values() if isinstance(each, ModuleType)]
    before = [(vars(module), dict(vars(module))) for module in modules]
    limit = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        for names, kept in before:
            names.update((name, old) for name, old in kept.items() if names.get(name) is not old)


def _exercise(exercise_id: str) -> Exercise:
    with contextlib.suppress(KeyError):
        return exercises(exercise_id[:2])[exercise_id]
    raise ValueError(f"no exercise has the id {exercise_id!r}")


def _defined(source: str, name: str) -> tuple[Any, str]:
    """Run a text and return what it calls by a name, or say why there is no such thing."""
    space, problem = _space(source)
    if not problem and name not in space:
        problem = f"There is no function of the name {name}; keep the first line of the stub."
    return space.get(name), problem


def _space(source: str) -> tuple[dict[str, Any], str]:
    """Run a text and return its names, and in which line it went wrong, if it did."""
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    space: dict[str, Any] = {"__name__": "__main__"}
    try:
        exec(compile(source, FILE, "exec"), space)
    except SyntaxError as error:
        return space, f"Line {error.lineno} is no Python: {error.msg}."
    except MemoryError:
        return space, "It needs more memory than a page may take."
    except BaseException as error:  # the grader's door: SystemExit is feedback too
        return space, _told(error)
    return space, ""


def _told(error: BaseException) -> str:
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == FILE]
    place = f"Line {lines[-1]} stopped it" if lines else "It stopped"
    missing = (getattr(error, "name", None) or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and missing in NOT_HERE:
        return f"{place}: {NOT_HERE[missing]} does not run in a page. The notebook has it."
    message = ""
    with contextlib.suppress(Exception):  # an exception's own __str__ may fail
        message = str(error)[:200]
    return f"{place}: {type(error).__name__}{': ' if message else ''}{message}."


def _shown(task: Exercise, trial: Trial, source: str) -> dict[str, Any]:
    report = judge(task, task.cases, trial=trial, names=task.case_names(_names(source, task.name)))
    return {
        "passed": report.passed,
        "cases_passed": report.cases_passed,
        "cases": report.cases,
        "mistake": report.misconception,
        "text": repr(report),
        "html": report._repr_html_(),
    }


def _names(source: str, name: str) -> list[str]:
    """Read the parameters of a function off its text."""
    with contextlib.suppress(SyntaxError):
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return [each.arg for each in node.args.args]
    return []
