import pytest

from tokenworks.checks.factory_rates import DECODE_RATE, DOLLARS, QUESTIONS, TRAFFIC


def test_the_chapters_rate_questions():
    assert [question.id for question in QUESTIONS] == ["01.2", "01.4", "01.5"]


def test_rate_scales_with_chips_and_batch():
    assert DECODE_RATE.oracle(140e9, 2e12, 1, 1) == pytest.approx(14.2857142857)
    assert DECODE_RATE.oracle(140e9, 2e12, 2, 32) == pytest.approx(64 * 14.2857142857)


def test_a_poem_moves_the_weights_once_a_token():
    assert TRAFFIC.oracle(140e9, 7, 200) == 28e12


def test_dollars_for_a_million_tokens():
    # 2 chips at USD 2 an hour, 35 ms a step: 1e6 steps take 9.7222 hours
    assert DOLLARS.oracle(2.0, 2, 0.035, 1) == pytest.approx(4 * 35_000 / 3600)
    assert DOLLARS.oracle(2.0, 2, 0.035, 32) == pytest.approx(4 * 35_000 / 3600 / 32)
