import pytest

from tokenworks.checks.roofline_batch import CRITICAL, PER_USD, QUESTIONS, WITH_CACHE


def test_the_chapters_questions_about_the_batch():
    assert [question.id for question in QUESTIONS] == ["04.4", "04.5", "04.6"]


def test_half_the_bits_halve_the_critical_batch():
    assert CRITICAL.oracle(16, 100, 10) == 10
    assert CRITICAL.oracle(8, 100, 10) == 5
    assert CRITICAL.oracle(16, 989e12, 3.35e12) == pytest.approx(295.2, abs=0.05)


def test_a_cache_raises_the_critical_batch_until_there_is_none():
    assert WITH_CACHE.oracle(10, 2, 1, 100, 10) == 20
    assert WITH_CACHE.oracle(10, 2, 2, 100, 10) == 0
    assert WITH_CACHE.oracle(7e9, 2, 10e6, 989e12, 3.35e12) > CRITICAL.oracle(16, 989e12, 3.35e12)


def test_a_dollar_buys_an_hours_reading():
    assert PER_USD.oracle(10, 36, 1) == 1000
    assert PER_USD.oracle(10, 72, 2) == 1000
