import pytest

from tokenworks.checks.attempt import Outcome
from tokenworks.checks.kv_cache.bytes_kept import quantized_bytes as BYTES
from tokenworks.checks.problems import hushed, is_unwritten, problem_of, told, unusable


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
    [(3.5, "not a function"), (None, "not defined"), (lambda: 1, "wrong parameters")],
)
def test_answers_that_cannot_be_tried(answer, name):
    assert unusable(BYTES, answer)[0] == name


def test_every_problem_has_words():
    kinds = ["raised", "time", "stuck", "jax", "crashed", "changed", "unusable", "unwritten"]
    assert all(told(Outcome(problem=kind, detail="something")) for kind in kinds)
    assert told(Outcome(1)) == ""
    assert problem_of(Outcome(1)) is None
    name, hint = problem_of(Outcome(problem="raised", detail="ValueError: no"))
    assert (name, hint[:15]) == ("it raises", "ValueError: no.")


def test_an_unusable_answer_is_told_what_it_may_be():
    _, hint = problem_of(Outcome(problem="unusable", detail="something of type bytes"))
    assert hint == (
        "It returned something of type bytes; return what the text asks for: a number, text or a "
        "list."
    )


def test_what_an_answers_own_code_wrote_is_hushed():
    assert hushed(Outcome(problem="raised", detail="ValueError: 1, 2")).detail == "ValueError"
    assert hushed(Outcome(problem="raised", detail="Told12: 1")).detail == "an exception"
    assert hushed(Outcome(problem="unusable", detail="something of type 1")).detail == (
        "something else"
    )
    assert hushed(Outcome(5)) == Outcome(5)
