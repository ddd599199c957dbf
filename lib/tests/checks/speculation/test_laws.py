import math

import pytest

from tokenworks.checks.speculation.laws import (
    REPLACED,
    RULES,
    TOO_RARE,
    Round,
    first_fault,
    left_of,
    misfit,
    off,
    right,
    scaled,
    surprise,
)

CASE = (
    [[0, 1], [1, 1]],
    [[0.5, 0.5], [0.5, 0.5]],
    [[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]],
    [[0.6, 0.1, 0.3], [0.9, 0.2, 0.3]],
)


def test_surprise_bounds_what_chance_does():
    """Held against the tail of a binomial distribution, added up."""
    for total, share in ((40, 0.5), (60, 0.2), (25, 0.9)):
        for count in range(math.ceil(total * share), total + 1):
            chances = [
                math.comb(total, n) * share**n * (1 - share) ** (total - n)
                for n in range(total + 1)
            ]
            assert sum(chances[count:]) <= math.exp(-surprise(count, total, share)) * (1 + 1e-9)


def test_surprise_of_what_cannot_be_and_of_nothing():
    assert surprise(1, 50, 0.0) == surprise(49, 50, 1.0) == math.inf
    assert surprise(0, 50, 0.0) == surprise(50, 50, 1.0) == surprise(0, 0, 0.3) == 0
    assert surprise(15, 50, 0.3) == pytest.approx(0)


def test_a_law_is_off_where_a_token_is_too_rare():
    assert off([0] * 40 + [1] * 60, [0.4, 0.6]) is None
    assert off([0] * 40 + [1] * 60, [0.9, 0.1]) in (0, 1)
    assert off([2], [0.5, 0.5, 0.0]) == 2
    assert off([], [0.5, 0.5]) is None
    assert surprise(40, 40, 0.5) > TOO_RARE > surprise(20, 20, 0.5)


def test_the_better_law_fits_better():
    tokens = [0] * 7 + [1] * 3
    assert misfit(tokens, [0.7, 0.3]) == pytest.approx(0)
    assert misfit(tokens, [0.6, 0.4]) < misfit(tokens, [0.5, 0.5]) < misfit(tokens, [0.0, 1.0])


def test_a_round_keeps_what_stands_before_the_first_that_does_not():
    one = Round([0, 1, 0], [0.4, 0.9, 0.6], [[0.5, 0.5]] * 3, [[0.25, 0.75]] * 4)
    assert one.kept(right) == 2
    assert one.kept(RULES["everything is accepted"]) == 3
    assert one.kept(RULES["accepted only where p is not below q"]) == 0
    assert one.kept(RULES["the uniform is held against q"]) == 1
    assert one.kept(RULES["the uniform is held against p"]) == 0


def test_what_is_left_is_scaled_and_nothing_left_is_zeros():
    assert left_of([0.5, 0.375, 0.125], [0.25, 0.25, 0.5]) == pytest.approx([2 / 3, 1 / 3, 0])
    assert left_of([0.5, 0.5], [0.5, 0.5]) == scaled([0.0, 0.0]) == [0, 0]


def test_other_laws_are_distributions_and_none_is_what_is_left():
    p, q = [0.5, 0.375, 0.0, 0.125], [0.2, 0.25, 0.15, 0.4]
    for name, law in REPLACED.items():
        assert sum(law(p, q, 3)) == pytest.approx(1), name
        assert law(p, q, 3) != pytest.approx(left_of(p, q)), name


@pytest.mark.parametrize(
    ("answers", "name", "where"),
    [
        ([[1]], "not one list for each round", "In all: there were 2 rounds, the list has 1."),
        ([[1], 3], "it returns the wrong kind", "Round 1: it is the number 3, not a list"),
        ([[1], [1, 2]], "it returns the wrong kind", "Round 1: 2 is none of the tokens 0 to 1."),
        ([[1], [True]], "it returns the wrong kind", "Round 1: True is none of the tokens 0"),
        ([[1], [1, 1]], "no bonus token", "Round 1: of [1, 1] the first 2 stand"),
        ([[], [1, 1, 0]], "nothing in the place of a rejected token", "Round 0: of [0, 1] the"),
        ([[0, 1], [1, 1, 0]], "the rejected token stays", "Round 0: of [0, 1] the first 0 stand"),
        ([[1], []], "other tokens are kept", "Round 1: of [1, 1] the first 2 stand"),
        ([[0], [1, 1, 0]], None, "After a rejection at place 0: token 0 comes 1 times in 1"),
        ([[1], [1, 1, 1]], None, "The bonus token: token 0 comes 0 times in 1"),
    ],
)
def test_a_fault_says_where(answers, name, where):
    fault = first_fault(CASE, answers)
    assert fault is not None
    assert fault.where.startswith(where)
    assert name in (fault.name, None)  # of a single token no law can be told


def test_the_right_answer_has_no_fault():
    assert first_fault(CASE, [[1], [1, 1, 0]]) is None
