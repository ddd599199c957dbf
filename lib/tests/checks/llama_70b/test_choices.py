from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.llama_70b.choices import link_limit, unbeaten
from tokenworks.cost.frontier import pareto
from tokenworks.cost.tensor_limits import bandwidth_limit_chips


def test_the_unbeaten_are_those_of_the_frontier():
    for steps, prices in (*unbeaten.cases, *islice(drawn_cases(unbeaten, "same"), 100)):
        found = pareto(range(len(steps)), steps.__getitem__, prices.__getitem__)
        assert unbeaten(steps, prices) == found


def test_the_links_agree_with_the_cost_model():
    for case in (*link_limit.cases, *islice(drawn_cases(link_limit, "same"), 50)):
        d_ff, batch, width, hbm, links = case
        wanted = bandwidth_limit_chips(
            d_ff,
            batch=batch,
            hbm_bytes_per_s=hbm,
            message_bytes_per_s=links,
            matrices=3,
            weight_bytes=width,
        )
        assert link_limit(*case) == pytest.approx(wanted)
