"""Hits by routing: by hand, against replicas that are simulated, and in their order."""

import random
from collections import OrderedDict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.cost.cache_locality import (
    ROUTING_POLICIES,
    PrefixTraffic,
    Routed,
    busiest_ratio,
    first_visits_hit_share,
    history_found,
    hits_anywhere,
    hits_at_home,
    kept_seconds,
    routed,
)
from tokenworks.cost.prompt_caching import hit_share

MANY = PrefixTraffic(requests_per_s=20, prefixes=400, replicas=8, skew=0.8, held=30)
ONE = PrefixTraffic(requests_per_s=0.5, prefixes=1, replicas=8, ttl_seconds=300)
traffics = st.builds(
    PrefixTraffic,
    requests_per_s=st.floats(0.01, 100),
    prefixes=st.integers(1, 60),
    replicas=st.integers(1, 8),
    skew=st.floats(0, 2),
    held=st.one_of(st.none(), st.integers(0, 60)),
    ttl_seconds=st.one_of(st.none(), st.floats(0, 1e4)),
)


def simulated(traffic, *, home, count=120_000, seed=5):
    """Send requests at random to caches that drop what was used longest ago; return the hits."""
    draw, rates, now, hits, counted = random.Random(seed), traffic.rates, 0.0, 0, 0
    caches = [OrderedDict() for _ in range(traffic.replicas)]
    ranks = range(traffic.prefixes)
    for sent, prefix in enumerate(draw.choices(ranks, rates, k=count)):
        now += draw.expovariate(traffic.requests_per_s)
        cache = caches[prefix % traffic.replicas if home else draw.randrange(traffic.replicas)]
        used = cache.pop(prefix, None)
        lives = traffic.ttl_seconds is None or (
            used is not None and now - used <= traffic.ttl_seconds
        )
        cache[prefix] = now
        if len(cache) > (traffic.held or traffic.prefixes):
            cache.popitem(last=False)
        if sent > count // 5:
            counted += 1
            hits += used is not None and lives
    return hits / counted


@pytest.mark.parametrize("home", [True, False])
@pytest.mark.parametrize(
    "traffic", [MANY, replace(MANY, held=None, ttl_seconds=40), replace(MANY, skew=0)]
)
def test_replicas_that_are_simulated_hit_as_often(traffic, home):
    expected = hits_at_home(traffic) if home else hits_anywhere(traffic)
    assert simulated(traffic, home=home) == pytest.approx(expected, abs=0.015)


def test_one_prefix_is_that_of_prompt_caching():
    assert hits_anywhere(ONE) == pytest.approx(hit_share(0.5 / 8, 300))
    assert hits_at_home(ONE) == pytest.approx(hit_share(0.5, 300))


@given(traffics)
def test_a_home_never_makes_hits_rarer_without_spilling(traffic):
    away, home = hits_anywhere(traffic), hits_at_home(traffic)
    assert 0 <= away <= home + 1e-6
    assert home <= 1 + 1e-9
    assert 1 - 1e-9 <= busiest_ratio(traffic) <= traffic.replicas + 1e-9


@given(traffics)
def test_more_replicas_dilute_what_is_shared(traffic):
    more = replace(traffic, replicas=2 * traffic.replicas)
    assert hits_anywhere(more) <= hits_anywhere(traffic) + 1e-6


def test_spilling_costs_hits():
    shares = [hits_at_home(MANY, spill_share=share) for share in (0, 0.1, 0.3)]
    assert shares == sorted(shares, reverse=True)
    with pytest.raises(ValueError, match="spill_share"):
        hits_at_home(MANY, spill_share=2)


def test_spilling_by_hand():
    """Kept for a time: two rates, each with its hits. Full and evenly asked: what fits of each."""
    timed = hits_at_home(replace(ONE, ttl_seconds=4), spill_share=0.1)
    at_home, away = hit_share(0.9 * 0.5, 4), hit_share(0.1 * 0.5 / 8, 4)
    assert timed == pytest.approx(0.9 * at_home + 0.1 * away)
    full = hits_at_home(replace(MANY, skew=0), spill_share=0.2)
    assert full == pytest.approx(0.8 * 30 / (400 / 8) + 0.2 * 30 / 400)


def test_a_full_cache_keeps_for_as_long_as_it_holds():
    rates = [0.5] * 10
    kept = kept_seconds(rates, 4, None)
    assert sum(1 - 2.718281828459045 ** (-0.5 * kept) for _ in rates) == pytest.approx(4)
    assert kept_seconds(rates, 10, 60) == 60
    assert kept_seconds(rates, 0, 60) == 0


def test_one_in_eight_is_not_the_hits_of_a_shared_prefix():
    """Printed: 8 replicas in turn, one prefix for all: 12 %. Each replica misses once."""
    assert first_visits_hit_share(8, 8) == 0
    assert first_visits_hit_share(100, 8) == pytest.approx(0.92)
    assert first_visits_hit_share(10_000, 8) > 0.999
    assert hits_anywhere(ONE) > 0.999  # a request every two seconds, kept for five minutes


def test_nor_those_of_a_conversation():
    assert history_found(2, 8) == pytest.approx(1 / 8)  # of the second turn alone
    assert history_found(10, 8) == pytest.approx(0.456, abs=0.001)
    assert history_found(5, 1) == 1
    draw, found = random.Random(1), 0.0
    for _ in range(20_000):
        seen = [draw.randrange(8) for _ in range(10)]
        last = max((turn for turn in range(9) if seen[turn] == seen[9]), default=-1)
        found += (last + 1) / 9
    assert found / 20_000 == pytest.approx(history_found(10, 8), abs=0.005)
    with pytest.raises(ValueError, match="no history"):
        history_found(1, 8)


def test_policies_and_what_is_computed():
    turns = PrefixTraffic(requests_per_s=0.5, prefixes=10, replicas=8, ttl_seconds=60)
    found = {name: routed(name, ONE, turns) for name in ROUTING_POLICIES}
    assert found["round-robin"] == found["least-request"]._replace(policy="round-robin")
    assert found["sticky"].history_hits == found["prefix-aware"].history_hits
    assert found["sticky"].history_hits > 2 * found["round-robin"].history_hits
    assert found["prefix-aware"].busiest_ratio == 8  # one prefix, one replica: the others idle
    assert found["sticky"].busiest_ratio == 1
    tokens = {"new": 200, "shared": 6000, "history": 3000}
    for each in found.values():
        computed = each.computed_tokens(**tokens)
        assert 200 <= computed <= 9200
        assert each.input_cost(**tokens, read=0) == pytest.approx(computed)
        assert each.input_cost(**tokens, read=1) == pytest.approx(9200)


def test_what_a_prompt_costs_by_hand():
    """200 new tokens, half of 6,000 shared and a quarter of 3,000 earlier ones found."""
    half = Routed("made up", shared_hits=0.5, history_hits=0.25, busiest_ratio=1)
    tokens = {"new": 200, "shared": 6000, "history": 3000}
    assert half.computed_tokens(**tokens) == pytest.approx(200 + 3000 + 2250)
    assert half.input_cost(**tokens, read=0.1) == pytest.approx(5450 + 0.1 * 3750)


def test_printed_savings_of_a_printed_share_of_hits():
    """From 12 to 85 % of hits of 6,000 tokens, a tenth for a read: 73 % less, printed as 60."""
    before, after = (6000 * (share * 0.1 + 1 - share) for share in (0.12, 0.85))
    assert 1 - after / before == pytest.approx(0.7366, abs=1e-3)
    rest = (0.88 * 6000 - 4 * 0.15 * 6000) / 3  # tokens beside it at which the TTFT is a quarter
    assert rest == pytest.approx(560)
    assert 1 - (after + rest) / (before + rest) == pytest.approx(0.6668, abs=1e-3)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="known: round-robin"):
        routed("random", ONE, ONE)
    with pytest.raises(ValueError, match="the same requests"):
        routed("round-robin", ONE, replace(ONE, replicas=4))
    with pytest.raises(ValueError, match="replicas"):
        replace(ONE, replicas=0)
