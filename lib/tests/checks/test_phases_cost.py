import pytest

from tokenworks.checks.phases_cost import QUESTIONS, RATIO, SHARE, STALL


def test_the_chapters_cost_questions():
    assert [question.id for question in QUESTIONS] == ["03.4", "03.5", "03.6"]


def test_an_output_token_costs_an_input_token_only_when_arithmetic_limits_both():
    cheap = RATIO.oracle(15e9, 0.001e9, 3.35e12, 15e9, 989e12, 600)
    assert cheap == pytest.approx(1)
    assert RATIO.oracle(139e9, 0.34e9, 4.078e12, 139e9, 624e12, 1) > 150


def test_a_stall_is_the_chunk_and_the_step():
    assert STALL.oracle(2.0, 8000, 2000, 0.05) == pytest.approx(0.55)
    assert STALL.oracle(0.2, 500, 2048, 0.034) == pytest.approx(0.234)


def test_the_shares_of_input_and_output_add_up():
    assert SHARE.oracle(3000, 5500, 250, 0.1, 5) == pytest.approx(1250 / 4800)
