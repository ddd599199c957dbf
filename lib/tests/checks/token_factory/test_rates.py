from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.token_factory.rates import (
    tokens_per_s,
    usd_per_million_tokens,
    weight_traffic_bytes,
)
from tokenworks.cost import dollars
from tokenworks.cost.step_time import decode_step_seconds, decode_tokens_per_s


def test_rate_scales_with_chips_and_batch():
    assert tokens_per_s(140e9, 2e12, 1, 1) == pytest.approx(14.2857142857)
    assert tokens_per_s(140e9, 2e12, 2, 32) == pytest.approx(64 * 14.2857142857)


def test_rates_agree_with_the_cost_model():
    drawn = islice(drawn_cases(tokens_per_s, "same"), 50)
    for weight, bandwidth, chips, batch in (*tokens_per_s.cases, *drawn):
        seconds = decode_step_seconds(weight, bandwidth * chips)
        rate = decode_tokens_per_s(seconds, batch)
        assert tokens_per_s(weight, bandwidth, chips, batch) == pytest.approx(rate)


def test_a_poem_moves_the_weights_once_a_token():
    assert weight_traffic_bytes(140e9, 7, 200) == 28e12


def test_dollars_for_a_million_tokens():
    # 2 chips at USD 2 an hour, 35 ms a step: 1e6 steps take 9.7222 hours
    assert usd_per_million_tokens(2.0, 2, 0.035, 1) == pytest.approx(4 * 35_000 / 3600)
    assert usd_per_million_tokens(2.0, 2, 0.035, 32) == pytest.approx(4 * 35_000 / 3600 / 32)


def test_dollars_agree_with_the_cost_model():
    drawn = islice(drawn_cases(usd_per_million_tokens, "same"), 50)
    for usd, chips, seconds, batch in (*usd_per_million_tokens.cases, *drawn):
        rate = decode_tokens_per_s(seconds, batch)
        wanted = dollars.usd_per_million_tokens(usd, chips, rate)
        assert usd_per_million_tokens(usd, chips, seconds, batch) == pytest.approx(wanted)
