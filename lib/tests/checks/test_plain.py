import math

import numpy as np
import pytest

from tokenworks.checks.plain import (
    UnusableError,
    apart,
    copied,
    describe,
    exact,
    list_apart,
    misfit,
    misplaced,
    plain,
    same,
    shorten,
    untouched,
)


def test_plain_turns_arrays_tuples_and_subclasses_into_plain_values():
    class Odd(int):
        pass

    assert plain(np.arange(3)) == [0, 1, 2]
    assert plain((1, [np.float64(2.5), "a"], None)) == [1, [2.5, "a"], None]
    assert type(plain(Odd(7))) is int
    assert type(plain(np.float64(0.5))) is float
    assert plain(True) is True


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (object(), "type object"),
        ({1: 2}, "type dict"),
        (1j, "type complex"),
        (10**400, "more than 300 digits"),
        (2**1000, "more than 300 digits"),
        ([0] * 100_001, "100,001 elements"),
        (np.zeros(200_000), "200,000 elements"),
    ],
)
def test_plain_refuses_what_cannot_be_compared(value, reason):
    with pytest.raises(UnusableError, match=reason):
        plain(value)


def test_the_largest_integer_that_is_compared_is_still_a_float():
    largest = 2**1000 - 1
    assert plain(largest) == largest
    assert math.isfinite(float(largest))


def test_same_takes_numbers_within_the_tolerance_and_all_else_exactly():
    assert same(10_000_000, 10_000_001, 1e-6)
    assert not same(10_000_000, 10_000_001, 0.0)
    assert same(1e12, 1e12 + 1, 1e-6)
    assert not same(1e12, 1e12 + 1, 0.0)
    assert same(2, 2.0, 0.0)
    assert not same(1, True, 0.0)
    assert same([0.5, 0.0], [0.5 + 1e-8, 1e-12], 1e-6)
    assert not same([0.5], [0.5, 0.0], 1e-6)
    assert not same(math.nan, math.nan, 1e-6)
    assert same("a", "a", 0.0)
    assert not same("1", 1, 0.0)


@pytest.mark.parametrize(
    ("expected", "got", "why"),
    [
        (1.0, None, "is None"),
        (1.0, "1", "is the text '1', not a number"),
        (1.0, True, "is True, a truth value, not a number"),
        (1.0, [1.0], "is a list of 1, not a number"),
        (1.0, math.nan, "is nan"),
        (1.0, math.inf, "is inf"),
        (1.0, 7, ""),
        (-math.inf, -math.inf, ""),
        (-math.inf, math.nan, "is nan"),
        ("a", 1, "is the number 1, not text"),
        ([1.0], 1.0, "is the number 1, not a list"),
        ([0.5, 0.5], [1.0], "has 1 element where 2 are wanted"),
        ([0.5, 0.5], [0.5, None], "holds an element that is None"),
        ([1, 2], [1], ""),
        (None, None, ""),
        (None, 0, "is the number 0, not None"),
        ([0.5, None], [0.5, 0], "holds an element that is the number 0, not None"),
    ],
)
def test_misfit_says_why_a_kind_is_wrong(expected, got, why):
    assert misfit(expected, got) == why


def test_misfit_counts_a_list_whose_length_is_fixed():
    assert misfit([1, 2], [1], 2) == "has 1 element where 2 are wanted"
    assert misfit(["swap", 0.5], ["swap"], 2) == "has 1 element where 2 are wanted"
    assert misfit([1, 2], ["x", 2], 2) == "holds an element that is the text 'x', not a number"
    assert misfit([1, 2], [3, 4], 2) == ""
    assert misfit([1, 2], 3, 2) == "is the number 3, not a list"


def test_shorten_bounds_the_width_and_describe_names_the_kind():
    assert shorten([0.1, 2, "x"], 40) == "[0.1, 2, 'x']"
    assert len(shorten(list(range(1000)), 30)) == 30
    assert describe(None) == "None"
    assert apart(3, 1) == 2


def test_exact_can_be_copied_into_a_call():
    assert exact(160.0 * 2**30, 40) == "171798691840.0"
    assert exact([0.1, True], 40) == "[0.1, True]"
    assert exact("a" * 50, 10) == "'aaaaaaaa…"


def test_lists_are_apart_by_the_sum_of_their_numbers():
    assert list_apart([1.0, None, 2.0], [1.5, None, 1.0]) == 1.5
    assert list_apart([], []) == 0
    with pytest.raises(TypeError):
        list_apart([1.0, None], [1.0, 0.0])
    with pytest.raises(ValueError, match="longer"):
        list_apart([1.0], [1.0, 0.0])


def test_misplaced_indices_are_counted_on_both_sides_and_in_any_order():
    assert misplaced([[0], [1]], [[1], [0]]) == 4
    assert misplaced([[0, 1], [2]], [[1, 0], [2], [3]]) == 1
    assert misplaced([[0, 1]], [[1, 0]]) == 0


def test_a_copy_is_as_deep_as_its_lists_and_an_untouched_one_is_known():
    class Held(list):
        pass

    case = ([[1, 2.5], [True, None]], ((3,), "a"), Held([[4]]))
    own = copied(case)
    assert own == case
    assert [type(each) for each in own] == [list, tuple, Held]
    own[0][0][0] = 9
    own[2][0][0] = 9
    assert case == ([[1, 2.5], [True, None]], ((3,), "a"), [[4]])
    assert not untouched(case, own)
    assert untouched(case[:2], copied(case[:2]))
    for other in (([1],), ((1, 2),), ([1, 2, 3],), ([1, 1000],), ([1, True],)):
        assert not untouched(([1, 2],), other)
