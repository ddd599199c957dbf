"""Every grader against the solution, the stub, planted mistakes and code that misbehaves."""

from __future__ import annotations

import importlib
import math
import os
import re
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tokenworks.checks import Report, check
from tokenworks.checks.attempt import attempt
from tokenworks.checks.catalogue import chapters, exercises
from tokenworks.checks.exercise import Exercise
from tokenworks.checks.hidden import hidden_cases
from tokenworks.checks.sandbox import run

EXERCISES: dict[str, Exercise] = {}
for chapter in chapters():
    EXERCISES |= exercises(chapter)
PLANTED: dict[str, list[tuple[str, Any]]] = {}
RIGHT: dict[str, list[tuple[str, Any]]] = {}
for path in sorted(Path(__file__).parent.glob("planted_*.py")):
    module = importlib.import_module(path.stem)
    found = getattr(module, "PLANTED", {})
    PLANTED |= {k: v for k, v in found.items() if k in EXERCISES} if isinstance(found, dict) else {}
    RIGHT |= {k: v for k, v in getattr(module, "RIGHT", {}).items() if k in EXERCISES}
WRONG = [(id, name, answer) for id, planted in PLANTED.items() for name, answer in planted]
CORRECT = [(id, name, answer) for id, answers in RIGHT.items() for name, answer in answers]


hidden = cache(hidden_cases)


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
    if mistake:
        parts = report.misconception.split("; and ")  # two mistakes can be made together
        assert report.hint == " ".join(known[name] for name in parts)
    else:  # no hint is better than one that misleads
        assert not any(name in report.misconception for name in known)
    monkeypatch.setenv("TOKENWORKS_HIDDEN_SEED", "7")
    hidden = check(exercise_id, answer, hidden=True)
    assert not hidden.passed
    for told in (report, hidden):
        with pytest.raises(AssertionError) as error:
            told.require()
        assert not [row for row in report.rows if _shows(str(error.value), row.expected)]


@pytest.mark.parametrize("correct", CORRECT, ids=lambda correct: f"{correct[0]} {correct[1]}")
def test_a_right_answer_in_another_style_passes(correct):
    exercise_id, _, answer = correct
    report = check(exercise_id, answer)
    assert report.passed, repr(report)
    exercise = EXERCISES[exercise_id]
    for seed in map(str, range(20)):
        for case in hidden(exercise, seed):
            expected, got = attempt(exercise.solution, case), attempt(answer, case)
            assert not got.problem, got.detail
            assert exercise.accepts(case, expected.value, got.value), (seed, case)


@pytest.mark.parametrize("exercise_id", PLANTED)
def test_a_planted_mistake_fails_the_hidden_cases_of_every_seed(exercise_id: str):
    exercise = EXERCISES[exercise_id]
    drawn = [(seed, case) for seed in range(20) for case in hidden(exercise, str(seed))]
    expected = [attempt(exercise.solution, case).value for _, case in drawn]
    for mistake, answer in PLANTED[exercise_id]:
        trial = run(answer, [case for _, case in drawn], limit_seconds=5)  # some never end
        wrong = {
            seed
            for (seed, case), right, got in zip(drawn, expected, trial.outcomes, strict=True)
            if got.problem or not exercise.accepts(case, right, got.value)
        }
        assert sorted(wrong) == list(range(20)), (mistake, answer)


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
