"""Every grader against the solution, the stub, planted mistakes and code that misbehaves."""

from __future__ import annotations

import math
import os
import re
import sys
import time
from typing import Any

import numpy as np
import pytest
from exercise_examples import EXAMPLES
from planted_attention import PLANTED as PLANTED_08
from planted_batching import PLANTED as PLANTED_07
from planted_factory import PLANTED as PLANTED_01
from planted_generation import PLANTED as PLANTED_02
from planted_kv import PLANTED as PLANTED_05
from planted_metrics import PLANTED as PLANTED_06
from planted_phases import PLANTED as PLANTED_03
from planted_roofline import PLANTED as PLANTED_04

from exercises import build
from tokenworks.checks import Report, check
from tokenworks.checks.attempt import attempt
from tokenworks.checks.grader import CHAPTERS, questions
from tokenworks.checks.plain import same
from tokenworks.checks.question import Question, fresh_cases

QUESTIONS: dict[str, Question] = {}
for chapter in CHAPTERS:
    QUESTIONS |= questions(chapter)
PLANTED = PLANTED_01 | PLANTED_02 | PLANTED_03 | PLANTED_04
PLANTED |= PLANTED_05 | PLANTED_06 | PLANTED_07 | PLANTED_08
WRONG = [(id, name, answer) for id, planted in PLANTED.items() for name, answer in planted]


def _functions(book: Any) -> dict[str, Any]:
    """Run a notebook's definitions and return the function that each check names."""
    code = [c.source for c in book.cells if c.cell_type == "code" and "%pip" not in c.source]
    names, space = {}, {"__name__": "learner"}
    for cell in code:
        found = build.CHECK.fullmatch(cell.strip())
        if found:
            names[found["id"]] = space[found["name"]]
        else:
            exec(cell, space)  # the notebook's own cells
    return names


SOLVED = {k: v for source in build.SOURCES for k, v in _functions(build.solved(source)).items()}
STUBS = {k: v for source in build.SOURCES for k, v in _functions(build.student(source)).items()}


def test_every_question_has_one_exercise_and_three_planted_mistakes():
    assert sorted(SOLVED) == sorted(STUBS) == sorted(QUESTIONS) == sorted(PLANTED)
    assert all(len(planted) >= 3 for planted in PLANTED.values())
    assert all(len(questions(chapter)) >= 4 for chapter in CHAPTERS)


@pytest.mark.parametrize("question_id", QUESTIONS)
def test_solution_passes_public_cases(question_id: str):
    report = check(question_id, SOLVED[question_id])
    assert report.passed, repr(report)
    assert report.cases_passed == len(QUESTIONS[question_id].cases) >= 4
    assert report.score.startswith("Off by 0")
    assert (report.misconception, report.hint) == ("", "")


@pytest.mark.parametrize("seed", ["1", "2", "a teacher's text"])
@pytest.mark.parametrize("question_id", QUESTIONS)
def test_solution_passes_hidden_cases(question_id: str, seed: str, monkeypatch):
    monkeypatch.setenv("TOKENWORKS_HIDDEN_SEED", seed)
    report = check(question_id, SOLVED[question_id], hidden=True)
    assert report.passed, repr(report)
    assert (report.cases, report.rows) == (12, ())


@pytest.mark.parametrize("question_id", QUESTIONS)
def test_stub_is_told_to_be_unwritten(question_id: str):
    report = check(question_id, STUBS[question_id])
    assert not report.passed
    assert report.misconception == "not yet written"
    assert QUESTIONS[question_id].size_hint in report.hint
    with pytest.raises(AssertionError, match="not yet written"):
        report.require()


@pytest.mark.parametrize(("question_id", "mistake", "answer"), WRONG)
def test_planted_mistake_is_named(question_id: str, mistake: str, answer: Any):
    report = check(question_id, answer)
    assert not report.passed
    assert report.misconception.startswith(mistake)
    known = {m.name: m.hint for m in QUESTIONS[question_id].misconceptions}
    assert report.hint == known[report.misconception]


@pytest.mark.parametrize(("question_id", "answer"), [(id, answer) for id, _, answer in WRONG])
def test_planted_mistake_fails_hidden_cases(question_id: str, answer: Any, monkeypatch):
    monkeypatch.setenv("TOKENWORKS_HIDDEN_SEED", "7")
    assert not check(question_id, answer, hidden=True).passed


@pytest.mark.parametrize("question_id", QUESTIONS)
def test_known_mistakes_are_told_apart(question_id: str):
    for mistake in QUESTIONS[question_id].misconceptions:
        report = check(question_id, mistake.wrong)
        assert report.misconception == mistake.name


@pytest.mark.parametrize("question_id", QUESTIONS)
def test_hidden_cases_are_new_valid_and_repeatable(question_id: str):
    question = QUESTIONS[question_id]
    drawn = fresh_cases(question, "seed", count=50)
    assert drawn == fresh_cases(question, "seed", count=50)
    assert drawn != fresh_cases(question, "another", count=50)
    for case in drawn:
        expected, solved = attempt(question.oracle, case), attempt(SOLVED[question_id], case)
        assert (expected.problem, solved.problem) == ("", "")
        assert question.accepts(case, expected.value, solved.value)


def test_examples_in_the_text_are_right():
    assert sorted(EXAMPLES) == sorted(QUESTIONS)
    for question_id, pairs in EXAMPLES.items():
        for case, expected in pairs:
            assert same(expected, attempt(QUESTIONS[question_id].oracle, case).value, 1e-6)


LISTINGS = {"06.5": "a share called a rate", "07.2": "it changes its arguments"}


@pytest.mark.parametrize("question_id", LISTINGS)
def test_a_listing_with_defects_is_met(question_id: str):
    (source,) = [path for path in build.SOURCES if path.stem[:2] == question_id[:2]]
    text = next(c.source for c in build.student(source).cells if f"## {question_id}" in c.source)
    space: dict[str, Any] = {}
    exec(text.split("```python")[1].split("```")[0], space)
    report = check(question_id, space[SOLVED[question_id].__name__])
    assert not report.passed
    assert report.misconception == LISTINGS[question_id]


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
    "nothing": (None, "not a function"),
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


def test_unknown_question_lists_the_known():
    for unknown in ("09.9", "01.9", "", None, 1.1):
        report = check(unknown, len)
        assert not report.passed
        assert all(question_id in report.hint for question_id in QUESTIONS)


def test_failure_shows_no_answer_to_a_class():
    for question_id, _, answer in WRONG:
        report = check(question_id, answer)
        with pytest.raises(AssertionError) as error:
            report.require()
        for row in report.rows:
            text = repr(row.expected).strip("[]")
            digits = len(re.sub(r"\D", "", text))
            assert digits < 4 or text not in str(error.value)
