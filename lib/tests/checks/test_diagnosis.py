import math

import pytest

from tokenworks.checks.attempt import Outcome, attempt
from tokenworks.checks.diagnosis import diagnose, is_unwritten, told, unusable
from tokenworks.checks.grader import questions

BYTES = questions("01")["01.1"]


def _named(function):
    outcomes = [attempt(function, case) for case in BYTES.cases]
    expected = [BYTES.oracle(*case) for case in BYTES.cases]
    return diagnose(BYTES, BYTES.cases, expected=expected, outcomes=outcomes)


def _dots(parameters, bits):
    """Only a docstring."""
    # about 1 line
    ...  # noqa: PIE790


def _passes(parameters, bits):
    pass


def _returns_dots(parameters, bits):
    return ...


@pytest.mark.parametrize("function", [_dots, _passes, _returns_dots])
def test_empty_bodies_are_unwritten(function):
    assert is_unwritten(function)
    assert unusable(BYTES, function) == (
        "not yet written",
        "Replace the dots by your code: about 1 line.",
    )


@pytest.mark.parametrize("function", [lambda a, b: 0, lambda a, b: a, len, print])
def test_written_bodies_are_not(function):
    assert not is_unwritten(function)


@pytest.mark.parametrize(
    ("answer", "name"),
    [(3.5, "not a function"), (None, "not a function"), (lambda: 1, "wrong parameters")],
)
def test_answers_that_cannot_be_tried(answer, name):
    assert unusable(BYTES, answer)[0] == name


def test_a_known_mistake_wins_over_a_constant_factor():
    assert _named(lambda n, bits: n * bits)[0] == "bits for bytes"


def _named_in(id, function):
    question = questions(id[:2])[id]
    outcomes = [attempt(function, case) for case in question.cases]
    expected = [question.oracle(*case) for case in question.cases]
    return diagnose(question, question.cases, expected=expected, outcomes=outcomes)


def test_tiny_answers_are_not_taken_for_a_constant_factor():
    assert _named_in("04.1", lambda flops, moved, *rates: flops / moved)[0] == ""


@pytest.mark.parametrize("whole", [round, math.floor, math.ceil])
def test_a_rounded_answer_is_noticed(whole):
    found = _named_in("04.4", lambda bits, peak, bandwidth: whole(bits * peak / bandwidth / 16))
    assert found == ("it is rounded", "Return the number as it is, with its fraction.")


def test_an_unknown_constant_factor_is_noticed():
    name, hint = _named(lambda n, bits: 3 * n * bits / 8)
    assert name == "off by a constant factor"
    assert "3 times the right one" in hint


def test_a_mistake_in_some_cases_still_counts():
    def mixed(n, bits):
        return n * bits / 8 if bits == 16 else n * bits

    assert _named(mixed)[0] == "bits for bytes"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "it returns None"),
        ("x", "it returns the wrong kind"),
        (math.nan, "it is not a finite number"),
        (12345.678, ""),
    ],
)
def test_values_without_a_known_mistake(value, name):
    assert _named(lambda n, bits: value)[0] == name


def test_every_problem_has_words():
    kinds = ["raised", "time", "stuck", "crashed", "changed", "unusable", "unwritten"]
    assert all(told(Outcome(problem=kind, detail="something")) for kind in kinds)
    assert told(Outcome(1)) == ""
