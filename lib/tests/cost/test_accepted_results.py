"""The cost of an accepted result by hand, by drawing requests, and what holds for all prices."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.cost.accepted_results import (
    TokenRates,
    accepted_cost,
    attempt_cost,
    listed_rates,
    rent_rates,
)
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.dollars import listed_usd
from tokenworks.cost.token_rent import compare_with_api, rent_of_tokens
from tokenworks.data.hosted_price import token_price, token_prices
from tokenworks.specs import chip, model_spec

shares = st.floats(0.01, 1)
dollars = st.floats(0, 100)


def test_a_prompt_with_a_cached_part_by_hand():
    """3,000 new tokens, 5,500 cached at a tenth, 250 of the answer at five times: 4,800 prices."""
    rates = TokenRates(
        input_usd_per_million=1, output_usd_per_million=5, cached_usd_per_million=0.1
    )
    found = attempt_cost(rates, prompt_tokens=8500, output_tokens=250, cached_tokens=5500)
    assert found.new_usd * 1e6 == pytest.approx(3000)
    assert found.cached_usd * 1e6 == pytest.approx(550)
    assert found.output_usd * 1e6 == pytest.approx(1250)
    assert found.output_share == pytest.approx(1250 / 4800)  # 26 %: the prompt has the other 74 %
    assert rates.output_ratio == 5


@pytest.mark.parametrize("row", token_prices(), ids=lambda row: row.name)
def test_without_a_cache_it_is_the_list_price(row):
    found = attempt_cost(listed_rates(row), prompt_tokens=8500, output_tokens=250)
    assert found.usd == pytest.approx(
        listed_usd(
            8500,
            250,
            input_usd_per_million=row.input_usd_per_million,
            output_usd_per_million=row.output_usd_per_million,
        )
    )


def test_the_parts_are_the_whole_and_the_first_call_writes():
    rates = listed_rates(token_price("claude-opus-5"))
    first = attempt_cost(
        rates, prompt_tokens=8500, output_tokens=250, written_tokens=5500, check_usd=0.01
    )
    assert first.usd == first.new_usd + first.write_usd + first.output_usd + 0.01
    assert first.write_usd == pytest.approx(5500 * 6.25e-6)
    later = attempt_cost(rates, prompt_tokens=8500, output_tokens=250, cached_tokens=5500)
    none = attempt_cost(rates, prompt_tokens=8500, output_tokens=250)
    assert later.usd < none.usd < first.usd


def test_rent_of_a_slice_as_rates():
    on = Deployment(model_spec("llama-3-70b"), chip("tpu-v5e"), weights="int8", kv="int8")
    asked = {"batch": 32, "prompt_tokens": 2048, "output_tokens": 512, "usd_per_chip_hour": 1.2}
    rent = rent_of_tokens(on, "2x4", **asked, busy_share=0.5)
    found = attempt_cost(rent_rates(rent), prompt_tokens=2048, output_tokens=512)
    assert found.usd == pytest.approx(rent.request_usd)
    floor = attempt_cost(rent_rates(rent, floor=True), prompt_tokens=2048, output_tokens=512)
    assert floor.usd < found.usd
    cached = attempt_cost(
        rent_rates(rent), prompt_tokens=2048, output_tokens=512, cached_tokens=2048
    )
    assert cached.usd == pytest.approx(found.output_usd)
    row = token_price("llama-3.3-70b-together")
    listed = attempt_cost(listed_rates(row), prompt_tokens=2048, output_tokens=512)
    assert compare_with_api(rent, row).ratio == pytest.approx(found.usd / listed.usd)


@given(dollars, shares, st.integers(1, 20))
def test_retries_change_who_is_answered_and_not_the_cost_of_a_result(usd, share, most):
    found = accepted_cost(usd, pass_share=share, most_attempts=most)
    assert found.usd_per_accepted == pytest.approx(usd / share)
    assert found.accepted_share == pytest.approx(1 - (1 - share) ** most)
    assert found.attempts + 1e-9 >= 1
    assert found.attempts <= most + 1e-9
    assert found.retry_usd + usd == pytest.approx(found.usd_per_request)


@given(st.tuples(dollars, dollars), shares, st.integers(1, 5))
def test_parts_of_a_request_are_its_whole(both, share, most):
    usd, person = both
    found = accepted_cost(usd, pass_share=share, most_attempts=most, given_up_usd=person)
    given_up = (1 - share) ** most * person
    assert found.usd_per_request == pytest.approx(usd + found.retry_usd + given_up)
    assert found.usd_per_accepted >= usd / share - 1e-9


def test_requests_drawn_at_random_cost_as_much():
    draw, spent, accepted, requests = random.Random(3), 0.0, 0, 100_000
    for _ in range(requests):
        for _attempt in range(3):
            spent += 0.02
            if draw.random() < 0.7:
                accepted += 1
                break
        else:
            spent += 1.5
    found = accepted_cost(0.02, pass_share=0.7, most_attempts=3, given_up_usd=1.5)
    assert spent / requests == pytest.approx(found.usd_per_request, rel=0.02)
    assert accepted / requests == pytest.approx(found.accepted_share, abs=0.002)
    assert spent / accepted == pytest.approx(found.usd_per_accepted, rel=0.02)


def test_two_routes_by_hand():
    """Of 100 requests each, 58 accepted for USD 1.10 and 85 for USD 1.45."""
    first = accepted_cost(1.10 / 100, pass_share=0.58)
    second = accepted_cost(1.45 / 100, pass_share=0.85)
    assert first.usd_per_accepted == pytest.approx(0.01897, abs=1e-5)
    assert second.usd_per_accepted == pytest.approx(0.01706, abs=1e-5)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="they are part of it"):
        attempt_cost(
            listed_rates(token_price("minimax-m3")),
            prompt_tokens=10,
            output_tokens=1,
            cached_tokens=11,
        )
    for share in (0, 1.1, True):
        with pytest.raises(ValueError, match="pass_share"):
            accepted_cost(1, pass_share=share)
    with pytest.raises(ValueError, match="most_attempts"):
        accepted_cost(1, pass_share=0.5, most_attempts=0)
    with pytest.raises(ValueError, match="write_usd_per_million"):
        TokenRates(input_usd_per_million=1, output_usd_per_million=1, write_usd_per_million=-1)
