"""Rent of tokens on GPUs by hand, and why a token of the answer costs more than one of a prompt."""

import math
from dataclasses import replace
from typing import Any

import pytest

from tokenworks.cost.accepted_results import attempt_cost, rent_rates
from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.deployment_rent import rent_on_chips
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.step_kernels import decode_step, prefill_step
from tokenworks.cost.step_time import decode_seconds, prefill_seconds
from tokenworks.specs import chip, model_spec

ON = Deployment(model_spec("llama-3-8b"), chip("h100-sxm"))
ASKED: dict[str, Any] = {
    "prompt_tokens": 8500,
    "output_tokens": 250,
    "usd_per_chip_hour": 3.99,
    "busy_share": 0.6,
    "constants": Constants.fitted(),
}
IDLE: dict[str, Any] = ASKED | {"busy_share": 0.0}
RENT = rent_on_chips(ON, batch=32, **ASKED)


def test_both_prices_by_hand():
    plan, second = engine_plan(ON), 3.99 / 3600
    read = prefill_step(plan, 8500, constants=Constants.fitted()).expected_seconds
    step = decode_step(plan, 32, 8625, constants=Constants.fitted()).expected_seconds
    assert RENT.input_usd_per_million == pytest.approx(second * read / 8500 * 1e6 / 0.6)
    assert RENT.output_usd_per_million == pytest.approx(second * step / 32 * 1e6 / 0.6)
    assert RENT.floor_input_usd_per_million == pytest.approx(
        second * prefill_seconds(ON, 8500) / 8500 * 1e6
    )
    assert RENT.floor_output_usd_per_million == pytest.approx(
        second * decode_seconds(ON, 8625, batch=32) / 32 * 1e6
    )
    assert RENT.requests_per_s == pytest.approx(0.6 / (read + 250 * step / 32))


def test_all_requests_of_an_hour_pay_its_rent():
    each = attempt_cost(rent_rates(RENT), prompt_tokens=8500, output_tokens=250)
    assert each.usd * RENT.requests_per_s * 3600 == pytest.approx(RENT.usd_per_hour)


def test_copies_for_a_rate_count_the_prompts():
    reading, writing = RENT.prompt_seconds, 250 * RENT.step_seconds / 32
    assert RENT.copies(20) == math.ceil(20 * (reading + writing) / 0.6)
    assert RENT.copies(20) > math.ceil(20 * writing / 0.6)  # answers alone
    assert RENT.floor_copies(20) < RENT.copies(20)
    least = prefill_seconds(ON, 8500) + 250 * decode_seconds(ON, 8625, batch=32) / 32
    assert RENT.floor_request_seconds == pytest.approx(least)
    assert RENT.floor_copies(200) == math.ceil(200 * least)
    assert RENT.copies(1e-6) == RENT.floor_copies(1e-6) == 1
    assert RENT.ratio == pytest.approx(reading / writing)  # as `Fleet.ratio` of slices
    with pytest.raises(ValueError, match="requests_per_s"):
        RENT.copies(0)


def test_a_larger_batch_brings_the_price_of_answers_down_and_not_that_of_prompts():
    ratios = []
    for batch in (1, 8, 32):
        rates = rent_rates(rent_on_chips(ON, batch=batch, **ASKED))
        assert rates.input_usd_per_million == pytest.approx(RENT.input_usd_per_million)
        ratios.append(rates.output_ratio)
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[0] > 100  # alone
    assert ratios[2] == pytest.approx(25, abs=3)  # although the FLOPs of both are much alike


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"holds \d+ sequences of 8,750 tokens, not 500"):
        rent_on_chips(ON, batch=500, **ASKED)
    with pytest.raises(ValueError, match="busy_share"):
        rent_on_chips(ON, batch=1, **IDLE)
    two = rent_on_chips(replace(ON, chips=2), batch=32, **ASKED)
    assert two.usd_per_hour == pytest.approx(2 * 3.99)
