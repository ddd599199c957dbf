"""Hits by policy are those of the library."""

import pytest

from tokenworks.cost.cache_locality import ROUTING_POLICIES
from tokenworks.cost.prompt_caching import hit_share
from tokenworks.widgets.calculators.locality import CALCULATION, POLICIES, at

START = CALCULATION.start


def test_the_policies_are_the_librarys():
    assert set(POLICIES) == set(ROUTING_POLICIES)


def test_the_case_of_the_text_by_hand():
    """Two requests a second over eight replicas; one of 400 conversations asks every 200 s."""
    found = at(START).values
    assert found["shared"] == pytest.approx(hit_share(2 / 8, 300))
    assert found["history"] == pytest.approx(hit_share(2 / 400 / 8, 300))
    computed = 9200 - 6000 * found["shared"] - 3000 * found["history"]
    assert found["computed"] == pytest.approx(computed)
    assert found["cost"] == pytest.approx((computed + 0.1 * (9200 - computed)) / 9200)
    assert found["beside"] == 1


def test_a_home_finds_the_history_and_one_prefix_crowds_it():
    sticky = at(START | {"policy": "sticky"})
    assert sticky.values["history"] == pytest.approx(hit_share(2 / 400, 300))
    assert sticky.verdict == "home"
    crowded = at(START | {"policy": "prefix-aware"})
    assert crowded.values["busiest"] == 8
    assert crowded.verdict == "crowded"
