"""Every grader against the solution, the stub, planted mistakes and code that misbehaves."""

from __future__ import annotations

import importlib
import re
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tokenworks.checks import Report, check, grader, hidden
from tokenworks.checks.attempt import Outcome, Trial, attempt
from tokenworks.checks.catalogue import all_exercises, chapters, exercises
from tokenworks.checks.exercise import Exercise
from tokenworks.checks.grader import judge
from tokenworks.checks.hidden import Solved, notices, solved
from tokenworks.checks.picture import amount
from tokenworks.checks.sandbox import run

EXERCISES = all_exercises()
PLANTED: dict[str, list[tuple[str, Any]]] = {}
RIGHT: dict[str, list[tuple[str, Any]]] = {}
for path in sorted(Path(__file__).parent.glob("planted_*.py")):
    module = importlib.import_module(path.stem)
    PLANTED |= getattr(module, "PLANTED", {})
    RIGHT |= getattr(module, "RIGHT", {})
SEEDS, RUN_SEEDS = 20, 4  # the second where each answer is a run of a cluster
hidden_cases = cache(hidden.hidden_cases)  # a seed's cases are asked for by each planted mistake
WRONG = [(id, name, answer) for id, planted in PLANTED.items() for name, answer in planted]


@pytest.fixture(autouse=True)
def chosen_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(grader, "hidden_cases", hidden_cases)


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
    assert mistake or not known.keys() & set(parts)  # no hint that leads elsewhere
    monkeypatch.setenv("TOKENWORKS_HIDDEN_SEED", "7")
    hidden = check(exercise_id, answer, hidden=True)
    assert not hidden.passed
    assert not shown_answers(EXERCISES[exercise_id], _required(report))
    for told in (_required(hidden), repr(hidden), hidden._repr_html_().split("</style>")[1]):
        assert not shown_answers(EXERCISES[exercise_id], told)


def _required(report: Report) -> str:
    with pytest.raises(AssertionError) as error:
        report.require()
    return str(error.value)


@cache
def telling_answers(exercise: Exercise) -> set[str]:
    """Return the answers of public and hidden cases as they could be printed, but for short ones.

    A number of fewer than four digits stands in many a text.
    """
    cases = (*exercise.cases, *hidden_cases(exercise, "7"))
    expected = [solved(exercise, case).expected for case in cases]
    unit = exercise.shown_unit
    printed = {form for value in expected for form in (repr(value), amount(value, unit))}
    texts = {value for value in expected if isinstance(value, str) and len(value) > 12}
    return texts | {form.strip("[]") for form in printed if len(re.findall(r"\d", form)) >= 4}


def shown_answers(exercise: Exercise, text: str) -> list[str]:
    return [answer for answer in telling_answers(exercise) if answer in text]


def test_an_answer_in_a_report_of_hidden_cases_would_be_noticed():
    quiet = []
    for exercise in EXERCISES.values():
        cases = hidden_cases(exercise, "7")
        open_report = judge(exercise, cases, trial=Trial((Outcome(None),) * len(cases)))
        if not shown_answers(exercise, repr(open_report)):
            quiet.append(exercise.id)
    assert quiet == [
        "01.3",
        "02.4",
        "05.7",
        "06.6",
        "07.8",
        "10.6",
        "12.6",
        "12.7",
        "13.5",
        "13.6",
        "13.7",
        "14.3",
        "14.6",
        "15.3",
    ]


@cache
def hidden_of_many_seeds(exercise: Exercise) -> list[list[Solved]]:
    seeds = RUN_SEEDS if exercise.run else SEEDS
    drawn = [hidden_cases(exercise, str(seed)) for seed in range(seeds)]
    return [[solved(exercise, case) for case in cases] for cases in drawn]


@pytest.mark.parametrize("exercise_id", RIGHT)
def test_a_correct_answer_in_another_style_passes_all_cases(exercise_id: str):
    exercise = EXERCISES[exercise_id]
    assert len(RIGHT[exercise_id]) >= 2
    for style, answer in RIGHT[exercise_id]:
        report = check(exercise_id, answer)
        assert report.passed, (style, repr(report))
        for case in chain.from_iterable(hidden_of_many_seeds(exercise)):
            got = attempt(exercise.asked(answer), case.case)
            assert not notices(exercise, answer, case), (style, case, got)


@pytest.mark.parametrize("exercise_id", PLANTED)
def test_a_planted_mistake_fails_the_hidden_cases_of_every_seed(exercise_id: str):
    exercise = EXERCISES[exercise_id]
    seeds = hidden_of_many_seeds(exercise)
    cases = [case.case for case in chain.from_iterable(seeds)]
    for mistake, answer in PLANTED[exercise_id]:
        # within limits: a wrong loop may not end
        trial = run(exercise.asked(answer), cases, limit_seconds=60)
        assert {outcome.problem for outcome in trial.outcomes} <= {"", "raised"}, mistake
        outcomes = iter(trial.outcomes)
        for seed, solved_cases in enumerate(seeds):
            pairs = list(zip(solved_cases, outcomes, strict=False))
            wrong = (o.problem or not exercise.accepts(*case, o.value) for case, o in pairs)
            assert any(wrong), (seed, mistake)


LISTINGS = {"06.5": "a share called a rate", "07.2": "it changes its arguments"}


@pytest.mark.parametrize("exercise_id", LISTINGS)
def test_a_listing_with_defects_is_met(exercise_id: str):
    exercise = EXERCISES[exercise_id]
    space: dict[str, Any] = {}
    exec(exercise.task.split("```python")[1].split("```")[0], space)
    report = check(exercise_id, space[exercise.name])
    assert not report.passed
    assert report.misconception == LISTINGS[exercise_id]
