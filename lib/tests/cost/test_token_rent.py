"""Rent of tokens on a slice by hand, and beside a list price."""

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.slice_loads import slice_prompt
from tokenworks.cost.slice_steps import slice_step
from tokenworks.cost.token_rent import compare_with_api, rent_of_tokens
from tokenworks.data.hosted_price import token_price
from tokenworks.specs import chip, model_spec

ON = Deployment(model_spec("llama-3-70b"), chip("tpu-v5e"), weights="int8", kv="int8")
ASKED = {"batch": 32, "prompt_tokens": 2048, "output_tokens": 512, "usd_per_chip_hour": 1.2}


def test_the_two_prices_by_hand():
    rent = rent_of_tokens(ON, "2x4", **ASKED, busy_share=0.5)
    prompt = slice_prompt(ON, "2x4", 2048)
    step = slice_step(ON, "2x4", batch=32, context_tokens=2048 + 256)
    second = 8 * 1.2 / 3600
    read = second * prompt.expected_seconds / 2048 * 1e6
    written = second * step.expected_seconds / 32 * 1e6
    assert rent.input_usd_per_million == pytest.approx(read / 0.5)
    assert rent.output_usd_per_million == pytest.approx(written / 0.5)
    assert rent.floor_input_usd_per_million == pytest.approx(
        second * prompt.floor_seconds / 2048 * 1e6
    )
    assert rent.floor_output_usd_per_million == pytest.approx(
        second * step.floor_seconds / 32 * 1e6
    )
    assert rent.request_usd == pytest.approx((2048 * read + 512 * written) / 0.5 / 1e6)


def test_a_list_price_beside_it():
    rent, listed = rent_of_tokens(ON, "2x4", **ASKED, busy_share=1), token_price("minimax-m3")
    found = compare_with_api(rent, listed)
    assert found.listed_usd == pytest.approx((2048 * 0.6 + 512 * 2.4) / 1e6)
    assert found.ratio == pytest.approx(rent.request_usd / found.listed_usd)
    half = compare_with_api(rent_of_tokens(ON, "2x4", **ASKED, busy_share=0.5), listed)
    assert half.ratio == pytest.approx(2 * found.ratio)
    assert half.break_even_share == pytest.approx(found.break_even_share)
    at = rent_of_tokens(ON, "2x4", **ASKED, busy_share=found.break_even_share)
    assert compare_with_api(at, listed).ratio == pytest.approx(1)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"holds 147 sequences of 2,560 tokens .* not 148"):
        rent_of_tokens(ON, "2x4", **(ASKED | {"batch": 148}), busy_share=1)
    for share in (0, 1.1):
        with pytest.raises(ValueError, match="busy_share"):
            rent_of_tokens(ON, "2x4", **ASKED, busy_share=share)
