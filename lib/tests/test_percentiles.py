"""Percentiles against NumPy, against Prometheus' rule by hand, and against the binomial."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.percentiles import (
    METHODS,
    histogram_percentile,
    percentile,
    rank_interval,
    samples_to_exceed,
)

INSIDE = "must be a finite number above 0 and below"


@pytest.mark.parametrize("method", METHODS)
@given(
    values=st.lists(st.integers(0, 1000), min_size=1, max_size=120),
    q=st.sampled_from([0, 1, 25, 50, 90, 95, 99, 100]),
)
def test_every_estimator_equals_numpys(method, values, q):
    assert percentile(values, q, method=method) == pytest.approx(
        float(np.percentile(values, q, method=method))
    )


def test_the_estimators_of_a_small_sample_differ():
    sample = list(range(1, 11))
    found = [percentile(sample, 99, method=m) for m in ("linear", "inverted_cdf", "lower")]
    assert found == [pytest.approx(9.91), 10, 9]


def test_impossible_questions_are_refused():
    with pytest.raises(ValueError, match="at least one value"):
        percentile([], 50)
    with pytest.raises(ValueError, match="q must be a finite number from 0 to 100, got 101"):
        percentile([1], 101)
    with pytest.raises(ValueError, match="known: linear"):
        percentile([1], 50, method="magic")


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda: histogram_percentile([1, 2], [1, 1, 1], 150), "q must be a finite number from 0"),
        (lambda: histogram_percentile([1, 2], [1, 1, 1], -50), "q must be a finite number from 0"),
        (lambda: percentile([1.0, math.nan], 50), "a percentile needs finite values"),
        (lambda: histogram_percentile([3, 1], [1, 1, 1], 50), r"bounds must rise, got \[3, 1\]"),
        (lambda: histogram_percentile([], [1], 50), r"bounds must rise, got \[\]"),
        (lambda: histogram_percentile([1], [-1, 5], 50), "a count must be a whole number from 0"),
        (lambda: rank_interval(10, 100), f"q {INSIDE} 100, got 100"),
        (lambda: rank_interval(10, 0), f"q {INSIDE} 100, got 0"),
        (lambda: rank_interval(0, 50), "n must be a whole number from 1, got 0"),
        (lambda: rank_interval(10, 50, confidence=1.0), f"confidence {INSIDE} 1, got 1"),
        (lambda: samples_to_exceed(100), f"q {INSIDE} 100, got 100"),
        (
            lambda: samples_to_exceed(99, confidence=0.0),
            f"confidence {INSIDE} 1, got 0",
        ),
    ],
)
def test_a_share_that_leaves_nothing_on_one_side_is_refused(ask, why):
    with pytest.raises(ValueError, match=why):
        ask()


def test_a_bucket_is_a_straight_line():
    assert histogram_percentile([1, 2, 4], [0, 10, 10, 0], 50) == 2
    assert histogram_percentile([1, 2, 4], [0, 10, 10, 0], 75) == 3
    assert histogram_percentile([1, 2, 4], [10, 0, 0, 0], 50) == 0.5


def test_what_is_beyond_the_last_bound_is_lost():
    assert histogram_percentile([1, 2, 4], [0, 0, 0, 5], 99) == 4


def test_counts_must_belong_to_the_bounds():
    with pytest.raises(ValueError, match="one count more than bounds"):
        histogram_percentile([1, 2], [3, 4], 50)


def test_the_ranks_of_a_median():
    assert rank_interval(10, 50) == (2, 9)  # the table of every textbook
    assert rank_interval(100, 50) == (40, 61)


def test_a_hundred_samples_bound_no_p99():
    assert rank_interval(100, 99) is None
    assert rank_interval(1000, 99) == (983, 997)


@pytest.mark.parametrize(("n", "q"), [(50, 50), (500, 95), (2000, 99)])
def test_the_interval_holds_the_percentile_as_often_as_it_says(n, q):
    low, high = rank_interval(n, q)
    draws = np.sort(np.random.default_rng(1).random((2000, n)))
    inside = (draws[:, low - 1] <= q / 100) & (q / 100 <= draws[:, high - 1])
    assert 0.93 <= inside.mean() <= 0.985


def test_how_many_until_one_is_beyond():
    assert samples_to_exceed(99) == 299
    assert 0.99**299 <= 0.05 < 0.99**298
