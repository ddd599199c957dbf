from itertools import islice

import pytest

from tokenworks.checks.economics.prices import output_ratio, price_of_a_batch
from tokenworks.checks.hidden import drawn_cases
from tokenworks.cost.accepted_results import TokenRates
from tokenworks.cost.batch_zones import batch_curve
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.dollars import usd_per_million_tokens
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.step_time import decode_parts
from tokenworks.specs import chip, model_spec


def test_a_batch_agrees_with_the_cost_model():
    on = Deployment(model_spec("llama-2-7b"), chip("a100-80gb"))
    one, rate = decode_parts(on, 2048), on.chip.hbm_bytes_per_s
    points = batch_curve(
        on, [1, 8, 64], context_tokens=2048, usd_per_chip_hour=1.79, constants=Constants.fitted()
    )
    for point in points:
        found = price_of_a_batch(one.weights * rate, one.kv * rate, point.batch, rate, 1.79)
        assert found == pytest.approx(point.floor_usd_per_million)


def test_the_ratio_agrees_with_the_cost_model():
    for case in (*output_ratio.cases, *islice(drawn_cases(output_ratio, "same"), 50)):
        prompt, tokens, step, batch = case
        rates = TokenRates(
            input_usd_per_million=usd_per_million_tokens(1, 1, tokens / prompt),
            output_usd_per_million=usd_per_million_tokens(1, 1, batch / step),
        )
        assert output_ratio(*case) == pytest.approx(rates.output_ratio)
