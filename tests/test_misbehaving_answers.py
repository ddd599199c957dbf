"""Answers that loop, crash, lie or return what nobody asked for: each becomes feedback."""

from __future__ import annotations

import math
import os
import sys
import time
from typing import Any

import numpy as np
import pytest

from tokenworks.checks import Report, check
from tokenworks.checks.attempt import Outcome, Trial
from tokenworks.checks.catalogue import all_exercises
from tokenworks.checks.exercise import Exercise
from tokenworks.checks.grader import judge
from tokenworks.checks.hidden import solved

EXERCISES = all_exercises()


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


ODD = [math.nan, math.inf, -math.inf, 10**300, True, None, "nan", "", [], [math.nan], [[]], [None]]


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_no_answer_whatever_makes_a_check_raise(exercise: Exercise):
    """Right answers are mixed in, made whole too: then only some of the cases fail."""
    expected = [solved(exercise, case).expected for case in exercise.cases]
    whole = [round(e) if isinstance(e, float) and math.isfinite(e) else e for e in expected]
    for odd in ODD:
        for values in ([odd] * len(expected), [*expected[:-1], odd], [*whole[:-1], odd]):
            report = judge(exercise, exercise.cases, trial=Trial(tuple(map(Outcome, values))))
            assert repr(report) + report._repr_html_()
        longer = Trial(tuple(Outcome([*e, odd] if isinstance(e, list) else odd) for e in expected))
        assert judge(exercise, exercise.cases, trial=longer)._repr_html_()
