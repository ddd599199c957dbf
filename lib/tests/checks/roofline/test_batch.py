from itertools import islice

import pytest

from tokenworks.checks import check
from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.roofline.batch import bytes_per_usd, critical_batch_with_cache
from tokenworks.checks.roofline.batch import critical_batch as exercise
from tokenworks.cost.roofline import critical_batch, ridge_intensity


def test_half_the_bits_halve_the_critical_batch():
    assert exercise(16, 100, 10) == 10
    assert exercise(8, 100, 10) == 5
    assert exercise(16, 989e12, 3.35e12) == pytest.approx(295.2, abs=0.05)


def test_the_critical_batch_agrees_with_the_cost_model():
    for bits, *rates in (*exercise.cases, *islice(drawn_cases(exercise, "same"), 50)):
        assert exercise(bits, *rates) == pytest.approx(critical_batch(bits / 8, *rates))


def test_a_cache_raises_the_critical_batch_until_there_is_none():
    assert critical_batch_with_cache(10, 2, 1, 100, 10) == 20
    assert critical_batch_with_cache(10, 2, 2, 100, 10) == 0
    alone = exercise(16, 989e12, 3.35e12)
    assert critical_batch_with_cache(7e9, 2, 10e6, 989e12, 3.35e12) > alone


def test_a_batch_with_a_cache_agrees_with_the_cost_model():
    drawn = islice(drawn_cases(critical_batch_with_cache, "same"), 100)
    for case in (*critical_batch_with_cache.cases, *drawn):
        params, bytes_per_param, kv_bytes, *rates = case
        share = ridge_intensity(*rates) / (2 * params / kv_bytes)
        wanted = critical_batch(bytes_per_param, *rates) / (1 - share) if share < 1 else 0
        assert critical_batch_with_cache(*case) == pytest.approx(wanted)


def test_a_dollar_buys_an_hours_reading():
    assert bytes_per_usd(10, 36, 1) == 1000
    assert bytes_per_usd(10, 72, 2) == 1000


def test_nothing_is_not_taken_for_dollars_per_byte():
    assert check("04.6", lambda *_: 0.0).misconception == ""
    assert check("04.6", bytes_per_usd.wrong[3]).misconception == "dollars per byte"
