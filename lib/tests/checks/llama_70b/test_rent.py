from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.llama_70b.rent import usd_per_million_tokens as exercise
from tokenworks.cost.dollars import usd_per_million_tokens


def test_it_agrees_with_the_cost_model():
    for case in (*exercise.cases, *islice(drawn_cases(exercise, "same"), 50)):
        step, batch, chips, usd, busy = case
        assert exercise(*case) == pytest.approx(
            usd_per_million_tokens(usd, chips, busy * batch / step)
        )
