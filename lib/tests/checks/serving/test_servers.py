import math
from fractions import Fraction
from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.serving.servers import replicas_for_rate, servers_for_users
from tokenworks.cost.cache_locality import Routed
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import kv_bytes, weight_bytes
from tokenworks.cost.memory_budget import max_batch
from tokenworks.specs import chip, model_spec


@pytest.mark.parametrize("chips", [2, 4, 8])
def test_servers_hold_what_the_budget_says(chips):
    on = Deployment(model_spec("llama-3-70b"), chip("h100-sxm"), chips)
    held = max_batch(on, 4096)
    weights = int(weight_bytes(on.model, 2))
    cache = int(kv_bytes(on.model, 4096, bytes_per_value=2))
    found = servers_for_users(1000, chips, on.chip.planned_bytes, weights, cache)
    assert found == math.ceil(1000 / held)


def test_what_is_read_is_that_of_cache_locality():
    for case in (*replicas_for_rate.cases, *islice(drawn_cases(replicas_for_rate, "same"), 50)):
        rate, new, prefix, hit, token, output, step, batch = case
        routed = Routed("sticky", hit, 0.0, 1.0)
        read = routed.computed_tokens(new=new, shared=prefix, history=0)
        busy = rate * (read * token + output * step / batch)
        assert busy <= replicas_for_rate(*case) * (1 + 1e-9) < busy + 1 + 1e-6


def busy(case, number):
    """Return how many replicas are busy, computed in two orders, in numbers of one kind."""
    rate, new, prefix, hit, token, output, step, batch = map(number, case)
    apart = rate * (
        hit * new * token + (1 - hit) * (new + prefix) * token + output * (step / batch)
    )
    return rate * ((new + (1 - hit) * prefix) * token + output * step / batch), apart


def test_work_that_comes_out_even_does_so_in_any_order():
    drawn = list(islice(drawn_cases(replicas_for_rate, "even"), 100))
    even = [case for case in drawn if busy(case, Fraction)[0].denominator == 1]
    assert len(even) >= 10
    for case in (*even, replicas_for_rate.cases[-1]):
        assert set(busy(case, float)) == {replicas_for_rate(*case)}
    for case in (*drawn, *replicas_for_rate.cases, replicas_for_rate.examples[0].arguments):
        assert {math.ceil(each) for each in busy(case, float)} == {replicas_for_rate(*case)}
