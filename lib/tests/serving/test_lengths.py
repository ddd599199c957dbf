"""Lengths against their definitions: means with bounds, tails, caps, and clear errors."""

import math
from random import Random
from statistics import fmean

import pytest

from tokenworks.serving.lengths import Samples, fixed, geometric, lognormal, uniform, weighted

N = 20_000


def drawn(draw, count=N):
    random = Random(1)
    return [draw(random) for _ in range(count)]


def assert_mean(values, mean, deviation):
    """Hold a mean to five standard errors of its true deviation."""
    assert abs(fmean(values) - mean) < 5 * deviation / math.sqrt(len(values))


def test_lengths_have_the_mean_they_were_asked_for():
    assert set(drawn(fixed(7), 5)) == {7}
    assert set(drawn(uniform(3, 5), 200)) == {3, 4, 5}
    assert_mean(drawn(uniform(1, 99)), 50, 28.6)
    assert_mean(drawn(geometric(20)), 20, 20)
    assert_mean(drawn(geometric(1.5)), 1.5, math.sqrt(0.75))
    spread = 200 * math.sqrt(math.expm1(0.64))
    assert_mean(drawn(lognormal(mean_tokens=200, sigma=0.8)), 200, spread)
    assert_mean(drawn(weighted([1, 11], [3, 1])), 3.5, 4.4)


def test_a_geometric_length_ends_with_the_same_chance_after_every_token():
    lengths = drawn(geometric(4))
    for n in range(1, 6):
        reached = [length for length in lengths if length >= n]
        ended = sum(length == n for length in reached) / len(reached)
        assert abs(ended - 0.25) < 5 * math.sqrt(0.25 * 0.75 / len(reached))
    assert set(drawn(geometric(1), 50)) == {1}


def test_a_lognormal_length_has_its_median_its_tail_and_its_cap():
    lengths = sorted(drawn(lognormal(median_tokens=200, sigma=1.0)))
    for share, z in ((0.5, 0.0), (0.8413, 1.0), (0.1587, -1.0)):
        at = lengths[round(share * N)]
        assert at == pytest.approx(200 * math.exp(z), rel=0.06)
    capped = drawn(lognormal(median_tokens=200, sigma=1.0, most=300))
    assert max(capped) == 300
    assert min(drawn(lognormal(mean_tokens=1, sigma=3.0))) == 1
    assert set(drawn(lognormal(median_tokens=64, sigma=0), 20)) == {64}


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: fixed(0), "tokens must be a whole number from 1, got 0"),
        (lambda: fixed(True), "tokens must be a whole number from 1, got True"),
        (lambda: uniform(5, 4), "least must be a whole number from 1 to 4, got 5"),
        (lambda: Samples([]), "samples need at least one pair of lengths"),
        (lambda: Samples([(3, 0)]), "output tokens must be a whole number from 1, got 0"),
        (lambda: geometric(0.5), "mean_tokens must be a finite number from 1, got 0.5"),
        (lambda: lognormal(mean_tokens=5, sigma=-1), "sigma must be a finite number from 0"),
        (lambda: lognormal(mean_tokens=0, sigma=1), "mean_tokens must be a finite number from 1"),
        (lambda: lognormal(median_tokens=math.inf, sigma=1), "median_tokens must be a finite"),
        (lambda: lognormal(mean_tokens=5, sigma=1, most=0), "most must be a whole number from 1"),
        (lambda: lognormal(sigma=1), "one of them"),
        (lambda: lognormal(mean_tokens=5, median_tokens=5, sigma=1), "one of them"),
        (lambda: weighted([1], [0]), "as many weights"),
        (lambda: weighted([1, 2], [1]), "as many weights"),
        (lambda: weighted([1, 0], [1, 1]), "tokens must be a whole number from 1, got 0"),
        (lambda: weighted([1], [math.nan]), "a weight must be a finite number from 0, got nan"),
    ],
)
def test_impossible_values_say_what_is_possible(make, name):
    with pytest.raises(ValueError, match=name):
        make()
