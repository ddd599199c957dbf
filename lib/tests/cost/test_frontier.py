"""Ways to serve by hand; a filter that keeps exactly what nothing beats, ties in a stated order."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.frontier import best_options, option, pareto, slice_options
from tokenworks.cost.slice_memory import slice_budget
from tokenworks.cost.slice_steps import slice_step
from tokenworks.specs import chip, model_spec

ON = Deployment(model_spec("llama-3-70b"), chip("tpu-v5e"), weights="int8", kv="int8")
AT = {"context_tokens": 8192, "usd_per_chip_hour": 1.2}
ALL = slice_options(ON, batches=(1, 8, 32, 64, 120), **AT)
points = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=30)


def first(point):
    return point[0]


def second(point):
    return point[1]


def test_an_option_by_hand():
    one = option(ON, "2x4", batch=32, **AT)
    assert one.name == "int8/int8 on 2x4, 32 × 8,192"
    assert one.memory == slice_budget(ON, "2x4", batch=32, context_tokens=8192)
    step = slice_step(ON, "2x4", batch=32, context_tokens=8192)
    assert one.step == step
    hour = 8 * 1.2
    assert one.usd_per_million == pytest.approx(hour / 3600 * step.expected_seconds / 32 * 1e6)
    assert one.floor_usd_per_million == pytest.approx(hour / 3600 * step.floor_seconds / 32 * 1e6)
    assert one.fits
    assert not option(ON, "2x4", batch=64, **AT).fits


def test_all_ways_in_order():
    assert len(ALL) == 3 * 6 * 5
    assert [each.batch for each in ALL[:5]] == [1, 8, 32, 64, 120]
    assert {each.shape for each in ALL} == {"1x1", "2x2", "2x4", "4x4", "4x8", "8x8"}
    named = slice_options(ON, batches=[8], shapes=["2x4"], formats=[("int8", "int8")], **AT)
    assert [each.name for each in named] == ["int8/int8 on 2x4, 8 × 8,192"]


@given(points)
def test_the_filter_keeps_what_nothing_beats(drawn):
    kept = pareto(drawn, first, second)

    def beaten(own):
        return any(a <= own[0] and b <= own[1] and (a, b) != own for a, b in drawn)

    assert set(kept) == {own for own in drawn if not beaten(own)}
    assert kept == sorted(set(kept))


def test_of_equal_points_the_first_stays():
    drawn = [(1, 2, "a"), (1, 2, "b"), (2, 1, "c"), (2, 2, "d")]
    assert pareto(drawn, first, second) == [(1, 2, "a"), (2, 1, "c")]
    assert pareto(reversed(drawn), first, second) == [(1, 2, "b"), (2, 1, "c")]
    with pytest.raises(ValueError, match="at least one cost"):
        pareto(drawn)


def test_the_frontier_of_a_model():
    best = best_options(ALL)
    assert all(each.fits for each in best)
    times = [each.step.expected_seconds for each in best]
    prices = [each.usd_per_million for each in best]
    assert times == sorted(times)
    assert prices == sorted(prices, reverse=True)
    for own, other in product(best, ALL):
        faster = other.step.expected_seconds <= own.step.expected_seconds
        cheaper = other.usd_per_million <= own.usd_per_million
        same = other.step == own.step and other.usd_per_million == own.usd_per_million
        assert same or not (other.fits and faster and cheaper)
    twins = [replace(best[0], usd_per_chip_hour=1.2) for _ in range(2)]
    assert best_options([*twins, *ALL])[0] is twins[0]


def test_what_limits_a_step_has_a_name():
    names = {each.step.bottleneck for each in ALL}
    assert names <= {"weights", "cache", "products", "messages"}
    alone = option(ON, "2x4", batch=1, **AT)
    assert alone.step.bottleneck == "weights"
    assert option(
        ON, "2x4", batch=256, context_tokens=64, usd_per_chip_hour=1.2
    ).step.bottleneck in (
        "products",
        "messages",
    )
    assert (
        option(ON, "2x4", batch=45, **(AT | {"context_tokens": 32768})).step.bottleneck == "cache"
    )


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="nearest: 2x4"):
        slice_options(ON, batches=[8], shapes=["4x2"], **AT)
    with pytest.raises(KeyError, match="int5"):
        slice_options(ON, batches=[8], formats=[("int5", "int8")], **AT)
    with pytest.raises(ValueError, match="batch must be"):
        option(ON, "2x4", batch=0, **AT)
