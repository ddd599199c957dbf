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


def test_the_sentence_follows_every_control():
    """Another value of any one control is another sentence, except where the controls say so."""
    for name, values in CALCULATION.grid.items():
        said = [CALCULATION.story(p, at(p)) for p in (START | {name: each} for each in values)]
        assert len(set(said)) == len(values), name


def test_of_calls_at_random_never_all_are_found():
    for place in CALCULATION.places()[::5]:
        assert at(place).values["shared"] < 1
    assert "over 99\u00a0% of the prompts" in CALCULATION.story(START, at(START))
