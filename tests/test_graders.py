"""Every grader against the solution, the stub, planted mistakes and code that misbehaves."""

from __future__ import annotations

import importlib
import math
import os
import re
import sys
import time
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tokenworks.checks import Report, check
from tokenworks.checks.attempt import attempt
from tokenworks.checks.catalogue import chapters, exercises
from tokenworks.checks.exercise import Exercise
from tokenworks.checks.hidden import Solved, hidden_cases, notices, solved
from tokenworks.checks.sandbox import run

EXERCISES: dict[str, Exercise] = {}
for chapter in chapters():
    EXERCISES |= exercises(chapter)
PLANTED: dict[str, list[tuple[str, Any]]] = {}
RIGHT: dict[str, list[tuple[str, Any]]] = {}
for path in sorted(Path(__file__).parent.glob("planted_*.py")):
    module = importlib.import_module(path.stem)
    PLANTED |= getattr(module, "PLANTED", {})
    RIGHT |= getattr(module, "RIGHT", {})
SEEDS = 20
WRONG = [(id, name, answer) for id, planted in PLANTED.items() for name, answer in planted]


def stub(exercise: Exercise) -> Any:
    """Define the stub that a learner starts from."""
    space: dict[str, Any] = {"__name__": "learner"}
    exec(exercise.stub, space)
    return space[exercise.name]


def test_every_exercise_has_three_planted_mistakes():
    assert sorted(PLANTED) == sorted(EXERCISES)
    assert all(len(planted) >= 3 for planted in PLANTED.values())
    assert all(len(exercises(chapter)) >= 4 for chapter in chapters())


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_solution_passes_and_stub_is_told_to_be_unwritten(exercise: Exercise, monkeypatch):
    report = check(exercise.id, exercise.solution)
    assert report.passed, repr(report)
    assert report.cases_passed == len(exercise.cases) >= 4
    assert report.score.startswith("Off by 0")
    assert (report.misconception, report.hint) == ("", "")
    monkeypatch.setenv("TOKENWORKS_HIDDEN_SEED", "a teacher's text")
    report = check(exercise.id, exercise.solution, hidden=True)
    assert report.passed, repr(report)
    assert report.cases >= 12
    assert report.rows == ()
    report = check(exercise.id, stub(exercise))
    assert report.misconception == "not yet written"
    assert exercise.size_hint in report.hint
    with pytest.raises(AssertionError, match="not yet written"):
        report.require()


@pytest.mark.parametrize("planted", WRONG, ids=lambda planted: f"{planted[0]} {planted[1]}")
def test_planted_mistake_is_named_and_shows_no_answer_to_a_class(planted, monkeypatch):
    exercise_id, mistake, answer = planted
    report = check(exercise_id, answer)
    assert not report.passed
    assert report.misconception.startswith(mistake)
    known = {m.name: m.hint for m in EXERCISES[exercise_id].mistakes}
    parts = report.misconception.split("; and ")  # two mistakes can be made together
    assert not mistake or report.hint == " ".join(known[name] for name in parts)
    assert mistake or report.misconception not in known  # no hint that leads elsewhere
    monkeypatch.setenv("TOKENWORKS_HIDDEN_SEED", "7")
    hidden = check(exercise_id, answer, hidden=True)
    assert not hidden.passed
    for told in (report, hidden):
        with pytest.raises(AssertionError) as error:
            told.require()
        assert not [row for row in report.rows if _shows(str(error.value), row.expected)]


@cache
def hidden_of_many_seeds(exercise: Exercise) -> list[list[Solved]]:
    drawn = [hidden_cases(exercise, str(seed)) for seed in range(SEEDS)]
    return [[solved(exercise, case) for case in cases] for cases in drawn]


@pytest.mark.parametrize("exercise_id", RIGHT)
def test_a_correct_answer_in_another_style_passes_all_cases(exercise_id: str):
    exercise = EXERCISES[exercise_id]
    assert len(RIGHT[exercise_id]) >= 2
    for style, answer in RIGHT[exercise_id]:
        report = check(exercise_id, answer)
        assert report.passed, (style, repr(report))
        for case in chain.from_iterable(hidden_of_many_seeds(exercise)):
            assert not notices(exercise, answer, case), (style, case, attempt(answer, case.case))


@pytest.mark.parametrize("exercise_id", PLANTED)
def test_a_planted_mistake_fails_the_hidden_cases_of_every_seed(exercise_id: str):
    exercise = EXERCISES[exercise_id]
    seeds = hidden_of_many_seeds(exercise)
    cases = [case.case for case in chain.from_iterable(seeds)]
    for mistake, answer in PLANTED[exercise_id]:
        trial = run(answer, cases, limit_seconds=60)  # within limits: a wrong loop may not end
        assert not {outcome.problem for outcome in trial.outcomes} & {"time", "jax"}, mistake
        outcomes = iter(trial.outcomes)
        for seed, solved_cases in enumerate(seeds):
            pairs = list(zip(solved_cases, outcomes, strict=False))
            wrong = [o.problem or not exercise.accepts(*case, o.value) for case, o in pairs]
            assert any(wrong), (seed, mistake)


def _shows(text: str, expected: Any) -> bool:
    digits = repr(expected).strip("[]")
    return len(re.sub(r"\D", "", digits)) >= 4 and digits in text


LISTINGS = {"06.5": "a share called a rate", "07.2": "it changes its arguments"}


@pytest.mark.parametrize("exercise_id", LISTINGS)
def test_a_listing_with_defects_is_met(exercise_id: str):
    exercise = EXERCISES[exercise_id]
    space: dict[str, Any] = {}
    exec(exercise.task.split("```python")[1].split("```")[0], space)
    report = check(exercise_id, space[exercise.name])
    assert not report.passed
    assert report.misconception == LISTINGS[exercise_id]


def _for_ever(*_: Any) -> None:
    while True:
        pass


def _for_ever_catching(*_: Any) -> None:
    while True:
        try:
            _for_ever()
        except BaseException:
            continue


def _deep(*arguments: Any) -> Any:
    return _deep(*arguments)


def _mutating(probs: list[float], u: float) -> int:
    probs.sort(reverse=True)
    return 1


def _raise(error: BaseException) -> Any:
    raise error


MISBEHAVING = {
    "loop": (_for_ever, "it does not end in time"),
    "loop that catches all": (_for_ever_catching, "it does not end in time"),
    "stuck in C": (lambda *_: sum(range(10**15)), "it does not end in time"),
    "exception": (lambda *_: _raise(ValueError("no")), "it raises"),
    "exit": (lambda *_: sys.exit(1), "it raises"),
    "interrupt": (lambda *_: _raise(KeyboardInterrupt()), "it raises"),
    "hard exit": (lambda *_: os._exit(0), "it ends the process"),
    "recursion": (_deep, "it raises"),
    "memory": (lambda *_: [0] * 10**12, "it raises"),
    "keyboard": (lambda *_: input("?"), "it raises"),
    "None": (lambda *_: print("0.5"), "it returns None"),
    "text": (lambda *_: "0.5", "it returns the wrong kind"),
    "NaN": (lambda *_: math.nan, "it is not a finite number"),
    "infinity": (lambda *_: np.float64("inf"), "it is not a finite number"),
    "array": (lambda *_: np.ones(3), "it returns the wrong kind"),
    "truth value": (lambda *_: True, "it returns the wrong kind"),
    "object": (lambda *_: object(), "it returns the wrong kind"),
    "generator": (lambda *_: iter([1]), "it returns the wrong kind"),
    "huge integer": (lambda *_: 10**5000, "it returns the wrong kind"),
    "mutated input": (_mutating, "it changes its arguments"),
    "too few parameters": (lambda probs: 1, "wrong parameters"),
    "not implemented": (lambda *_: _raise(NotImplementedError()), "not yet written"),
    "result of a call": (1, "not a function"),
    "nothing": (None, "not defined"),
    "a class": (dict, "it raises"),
}


@pytest.mark.parametrize("kind", MISBEHAVING)
def test_misbehaviour_becomes_feedback_in_time(kind: str):
    answer, name = MISBEHAVING[kind]
    begin = time.monotonic()
    report = check("02.4", answer, limit_seconds=0.5)
    assert time.monotonic() - begin < 10  # 0.5 s, 1 s of grace, and a slow machine
    assert isinstance(report, Report)
    assert not report.passed
    assert report.misconception == name
    assert report.hint
    assert "02.4" in repr(report)
    assert 'class="tw-check"' in report._repr_html_()


def test_unknown_exercise_lists_the_known():
    for unknown in ("09.9", "01.9", "", None, 1.1):
        report = check(unknown, len)
        assert not report.passed
        assert all(exercise_id in report.hint for exercise_id in EXERCISES)
