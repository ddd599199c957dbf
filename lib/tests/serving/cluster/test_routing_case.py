"""The published case: what it claims, what comes out, and what would have to be true for it."""

import pytest

from tokenworks.cost.cache_locality import first_visits_hit_share
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.mixed_step import step_clock
from tokenworks.serving.cluster.routing_case import published_routing_case
from tokenworks.specs import chip, model_spec

CLOCK = step_clock(Deployment(model_spec("llama-3-8b"), chip("a100-80gb")))
PRINTED = {"round-robin": 0.12, "prefix-aware": 0.85}


def case(router, **given):
    return published_routing_case(router, step_seconds=CLOCK, **given)


def test_with_one_prefix_each_replica_misses_it_once():
    for turns in (2, 20):
        found = case("round-robin", turns=turns)
        assert found.prefix_share == first_visits_hit_share(10 * turns, 8)
    assert case("round-robin").prefix_share == 0.96
    assert case("prefix-aware").prefix_share == pytest.approx(0.99, abs=0.01)


def test_as_printed_the_case_is_refuted():
    for router, printed in PRINTED.items():
        assert case(router).prefix_share > printed + 0.1
    slow, quick = case("round-robin"), case("prefix-aware")
    assert slow.token_share < quick.token_share
    assert slow.ttft_mean_seconds > 4 * quick.ttft_mean_seconds  # history, which it does not find


def test_own_prefixes_and_a_cache_for_one_of_them_bring_the_printed_numbers():
    given = {"own_prefixes": True, "cache_tokens": 17_000}
    for router, printed in PRINTED.items():
        assert case(router, **given).prefix_share == pytest.approx(printed, abs=0.06)


def test_a_prefix_aware_router_sends_all_to_one_place_unless_it_spills():
    one = case("prefix-aware")
    assert one.busiest_ratio == 8.0
    spilling = case("prefix-aware", saturation=2)
    assert spilling.busiest_ratio < 8
    assert 0.96 < spilling.prefix_share < one.prefix_share


def test_a_cache_that_holds_no_conversation_is_refused():
    with pytest.raises(ValueError, match="must hold the longest conversation, 12,000 tokens"):
        case("sticky", cache_tokens=11_000)
    with pytest.raises(ValueError, match="turns must be a whole number from 1"):
        case("sticky", turns=0)
    with pytest.raises(KeyError, match="no router 'best'"):
        case("best")
