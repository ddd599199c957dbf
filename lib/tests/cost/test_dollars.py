"""Money against hand arithmetic."""

import pytest

from tokenworks.cost.dollars import (
    break_even_tokens,
    electricity_usd,
    listed_usd,
    request_usd,
    training_usd,
    usd_per_million_tokens,
    usd_per_token,
    usd_range,
)


def test_rent_per_token():
    assert usd_per_token(3.6, 2, 100) == pytest.approx(2e-5)
    assert usd_per_million_tokens(3.6, 2, 100) == pytest.approx(20.0)


def test_a_million_tokens_cost_a_million_times_one():
    one = usd_per_token(2.79, 2, 14.3)
    assert usd_per_million_tokens(2.79, 2, 14.3) == pytest.approx(1e6 * one)


def test_a_request_pays_for_the_time_it_holds_the_chips():
    assert request_usd(2.79, 2, 3600) == pytest.approx(5.58)
    assert request_usd(2.79, 2, 14.0) == pytest.approx(200 * usd_per_token(2.79, 2, 200 / 14.0))


def test_a_kilowatt_for_an_hour_costs_a_kilowatt_hour():
    assert electricity_usd(1000, 3600, usd_per_kwh=0.09) == pytest.approx(0.09)
    assert electricity_usd(400, 2 * 14.0, usd_per_kwh=0.09) == pytest.approx(2.8e-4)


def test_a_request_by_the_million():
    prices = {"input_usd_per_million": 0.5, "output_usd_per_million": 2.0}
    assert listed_usd(1000, 250, **prices) == pytest.approx(0.001)
    assert listed_usd(0, 0, **prices) == 0


def test_training_and_serving_cost_the_same_at_some_number_of_tokens():
    bill = training_usd(6.4e6, 2.5)
    assert bill == pytest.approx(16e6)
    tokens = break_even_tokens(bill, 0.8)
    assert tokens == pytest.approx(2e13)
    assert tokens / 1e6 * 0.8 == pytest.approx(bill)


def test_money_has_the_error_of_its_time():
    low, high = usd_range(2.0, 0.25)
    assert low == pytest.approx(1.6)
    assert high == pytest.approx(2 / 0.75)
    for true in (low, high):
        assert abs(2.0 / true - 1) == pytest.approx(0.25)
    assert usd_range(2.0, 0) == (2.0, 2.0)
    with pytest.raises(ValueError, match="error_share"):
        usd_range(2.0, 1)
