"""Prompt caching by hand, and what holds for all prices."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.cost.prompt_caching import (
    break_even_calls,
    break_even_calls_per_s,
    break_even_hit_share,
    cached_calls_cost,
    caching_bill,
    hit_share,
    measured_hit_share,
    paying_calls,
    prefix_cost,
    rent_calls_per_hour,
)
from tokenworks.data.caching_price import cache_price

writes, reads = st.floats(1, 3), st.floats(0, 0.95)
rents = st.floats(0, 10)


def prices(**more):
    return st.fixed_dictionaries({"write": writes, "read": reads} | more)


@given(prices(rent=rents, answers=st.booleans()))
def test_the_break_even_solves_its_equation(terms):
    even = break_even_calls(**terms)
    assert cached_calls_cost(even, **terms) == pytest.approx(even)
    calls = paying_calls(**terms)
    assert cached_calls_cost(calls, **terms) < calls + 1e-6
    if calls > 1:
        assert cached_calls_cost(calls - 1, **terms) >= calls - 1 - 1e-6


def test_the_break_evens_of_the_sellers_by_hand():
    assert break_even_calls(write=1.25, read=0.1) == pytest.approx(1.15 / 0.9)  # 1.28
    assert paying_calls(write=1.25, read=0.1) == 2
    assert break_even_calls(write=2, read=0.1) == pytest.approx(1.9 / 0.9)  # 2.11
    assert paying_calls(write=2, read=0.1) == 3
    assert break_even_calls(write=1, read=0.5) == pytest.approx(1)  # nothing to win back
    assert paying_calls(write=1, read=0.5) == 2


def test_write_over_saved_is_right_only_where_writing_is_a_call_of_its_own():
    """The printed N = write / (1 - read) leaves out that the call that writes is answered."""
    assert break_even_calls(write=1, read=0.5, answers=False) == pytest.approx(1 / 0.5)
    assert break_even_calls(write=1, read=0.1, rent=2.25, answers=False) == pytest.approx(
        3.25 / 0.9
    )
    assert paying_calls(write=1, read=0.1, rent=2.25, answers=False) == 4


@given(writes, reads)
def test_at_the_break_even_share_of_hits_caching_costs_what_it_saves(write, read):
    share = break_even_hit_share(write=write, read=read)
    assert 0 <= share < 1
    assert prefix_cost(share, write=write, read=read) == pytest.approx(1)


@given(prices(write=st.floats(1.01, 3)), st.floats(1, 1e5), st.booleans())
def test_at_the_break_even_rate_the_share_of_hits_is_reached(terms, ttl, refreshed):
    rate = break_even_calls_per_s(ttl, **terms, refreshed=refreshed)
    share = hit_share(rate, ttl, refreshed=refreshed)
    assert share == pytest.approx(break_even_hit_share(**terms))


def test_shares_of_hits_by_hand():
    assert break_even_hit_share(write=1.25, read=0.1) == pytest.approx(0.25 / 1.15)  # 21.7 %
    assert break_even_hit_share(write=2, read=0.1) == pytest.approx(1 / 1.9)  # 52.6 %
    assert break_even_hit_share(write=1, read=0.5) == 0
    assert hit_share(1 / 600, 300) == pytest.approx(0.3935, abs=1e-4)  # every ten minutes: not 0
    assert hit_share(1 / 600, 300, refreshed=False) == pytest.approx(1 / 3)


def test_a_falling_share_of_hits_on_the_bill():
    """From 85 % to 40 % of hits the prefix costs 2.9 times as much, not 1.35 times."""
    dear = prefix_cost(0.4, write=1.25, read=0.1) / prefix_cost(0.85, write=1.25, read=0.1)
    assert dear == pytest.approx(0.79 / 0.2725)
    share_of_the_bill = 0.35 / (dear - 1)
    assert share_of_the_bill == pytest.approx(0.184, abs=0.001)


@pytest.mark.parametrize("refreshed", [True, False])
def test_calls_drawn_at_random_hit_as_often(refreshed):
    draw, rate, ttl = random.Random(7), 1 / 200, 300
    now, until, hits, count = 0.0, -1.0, 0, 200_000
    for _ in range(count):
        now += draw.expovariate(rate)
        hit = now <= until
        hits += hit
        if refreshed or not hit:
            until = now + ttl
    assert hits / count == pytest.approx(hit_share(rate, ttl, refreshed=refreshed), abs=0.004)


def test_measured_gaps():
    assert measured_hit_share([10, 299, 300, 301], 300) == 0.75
    with pytest.raises(ValueError, match="no gaps"):
        measured_hit_share([], 300)


@pytest.mark.parametrize("name", ["anthropic-5-minutes", "google-explicit-pro"])
def test_the_parts_of_a_bill_are_the_whole(name):
    bill = caching_bill(cache_price(name), 6000, 20, hours=1)
    assert bill.cached_usd == bill.write_usd + bill.storage_usd + bill.read_usd
    assert bill.saved_usd == pytest.approx(bill.uncached_usd - bill.cached_usd)
    turn = caching_bill(bill.terms, 6000, bill.paying_calls, hours=1)
    assert turn.saved_usd > 0
    before = caching_bill(bill.terms, 6000, bill.paying_calls - 1, hours=1)
    assert before.saved_usd <= 1e-12


def test_a_bill_by_hand():
    bill = caching_bill(cache_price("anthropic-5-minutes"), 6000, 10)
    assert bill.uncached_usd == pytest.approx(10 * 6000 * 5e-6)
    assert bill.cached_usd == pytest.approx(6000 * 5e-6 * (1.25 + 9 * 0.1))
    alone = caching_bill(cache_price("anthropic-1-hour"), 6000, 1)
    assert alone.saved_usd == pytest.approx(-6000 * 5e-6)  # nobody came back: wasted


def test_a_bill_with_rent_by_hand():
    """Putting in is a call of its own, so all 20 read; rent is for both hours."""
    bill = caching_bill(cache_price("google-explicit-pro"), 6000, 20, hours=2)
    assert bill.write_usd == pytest.approx(6000 * 2e-6)
    assert bill.read_usd == pytest.approx(20 * 6000 * 0.2e-6)
    assert bill.storage_usd == pytest.approx(2 * 6000 * 4.5e-6)
    assert bill.cached_usd == pytest.approx(0.012 + 0.024 + 0.054)


def test_rent_needs_a_rate_of_calls():
    terms = cache_price("google-explicit-pro")
    assert rent_calls_per_hour(terms.storage_ratio, read=terms.read_ratio) == pytest.approx(2.5)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="caching never pays"):
        break_even_calls(write=1, read=1)
    with pytest.raises(ValueError, match="hit_share"):
        prefix_cost(1.2, write=1, read=0.5)
    with pytest.raises(ValueError, match=r"from 512 tokens on, not 500"):
        caching_bill(cache_price("anthropic-5-minutes"), 500, 3)
