"""Every exercise by itself: its examples, its cases, and the mistakes that it knows."""

from __future__ import annotations

from itertools import islice

import pytest

from tokenworks.checks import hidden
from tokenworks.checks.attempt import attempt
from tokenworks.checks.catalogue import all_exercises
from tokenworks.checks.diagnosis import diagnose
from tokenworks.checks.example import misprints, unfounded
from tokenworks.checks.exercise import Exercise
from tokenworks.checks.hidden import (
    Slip,
    Solved,
    drawn_cases,
    hidden_cases,
    notices,
    slips,
    solved,
)
from tokenworks.checks.mutants import mutants

EXERCISES = all_exercises()
SEEDS = 200
RUN_SEEDS = 10  # where each answer is a run of a cluster

each = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


@each
def test_the_example_in_the_text_is_what_the_solution_gives(exercise: Exercise):
    assert misprints(exercise) == []
    assert unfounded(exercise) == []


@each
def test_every_mistake_changes_a_public_case_and_is_named_by_its_own_hint(exercise: Exercise):
    cases = [solved(exercise, case) for case in exercise.cases]
    expected = [case.expected for case in cases]
    assert len(exercise.mistakes) >= 3
    for mistake, wrong in zip(exercise.mistakes, exercise.wrong, strict=True):
        assert any(notices(exercise, wrong, case) for case in cases), mistake.name
        outcomes = [attempt(exercise.asked(wrong), case) for case in exercise.cases]
        found = diagnose(exercise, exercise.cases, expected=expected, outcomes=outcomes)
        assert found == (mistake.name, mistake.hint)


@each
def test_no_slip_gets_by_the_public_cases(exercise: Exercise):
    told = {function: text for text, function in mutants(exercise.solution)}
    cases = [solved(exercise, case) for case in exercise.cases]
    unseen = [
        told.get(slip, "a listed mistake")
        for slip in slips(exercise)
        if not any(notices(exercise, slip, case) for case in cases)
    ]
    assert unseen == []


@each
def test_no_slip_gets_by_the_hidden_cases_of_any_seed(
    exercise: Exercise, monkeypatch: pytest.MonkeyPatch
):
    told = {function: text for text, function in mutants(exercise.solution)}
    wanted = slips(exercise)
    shown: dict[int, set[Slip]] = {}  # by the case itself: what was seen while choosing is known

    def noticed(exercise: Exercise, slip: Slip, solved: Solved) -> bool:
        if found := notices(exercise, slip, solved):
            shown.setdefault(id(solved.case), set()).add(slip)
        return found

    monkeypatch.setattr(hidden, "notices", noticed)
    for seed in map(str, range(RUN_SEEDS if exercise.run else SEEDS)):
        shown.clear()
        chosen = hidden_cases(exercise, seed)
        unseen = set(wanted).difference(*(shown.get(id(case), ()) for case in chosen))
        cases = [solved(exercise, case) for case in chosen] if unseen else []
        for slip in unseen:
            assert any(notices(exercise, slip, case) for case in cases), (seed, told.get(slip))


@each
def test_hidden_cases_are_new_valid_and_repeatable(exercise: Exercise):
    drawn = hidden_cases(exercise, "seed")
    assert drawn == hidden_cases(exercise, "seed")
    assert drawn != hidden_cases(exercise, "another")
    assert len(drawn) >= 12
    for case in (*exercise.cases, *drawn, *islice(drawn_cases(exercise, "seed"), 50)):
        answer = attempt(exercise, case)
        assert not answer.problem, answer.detail
        assert exercise.accepts(case, answer.value, answer.value)


@each
def test_a_length_is_stated_where_all_answers_have_the_same(exercise: Exercise):
    cases = [*exercise.cases, *islice(drawn_cases(exercise, "lengths"), 50)]
    expected = [attempt(exercise, case).value for case in cases]
    lengths = {len(answer) if isinstance(answer, list) else None for answer in expected}
    assert lengths == {exercise.length} or (len(lengths) > 1 and exercise.length is None)


@each
def test_an_edit_applies_exactly_once(exercise: Exercise):
    assert len(exercise.wrong) == len(exercise.mistakes)  # an edit that does not apply raises
