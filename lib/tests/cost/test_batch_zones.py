"""Zones of batches by hand, in order for every model, and the figures that are printed of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.drawn import BEARTYPE, batches, deployments, same, tokens
from tokenworks.cost.batch_zones import (
    LARGEST,
    ZONES,
    batch_curve,
    hours_to_reach,
    largest_within,
    least_floor_usd_per_million,
    slo_crossing,
    zone_of,
    zone_starts,
)
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import max_batch
from tokenworks.cost.step_time import Parts, decode_parts
from tokenworks.specs import chip, model_spec

pytestmark = pytest.mark.filterwarnings(BEARTYPE)
SEVEN = Deployment(model_spec("llama-2-7b"), chip("a100-80gb"))
SIZES = [1, 4, 8, 32, 57, 67, 128, 256]
HOUR = {"usd_per_chip_hour": 1.59}
CURVE = batch_curve(SEVEN, SIZES, context_tokens=2048, **HOUR, constants=Constants.fitted())


@same
@given(deployments(), tokens, st.tuples(batches, batches))
def test_zones_follow_one_another(on, context, two):
    small, large = sorted(two)
    first, then = (zone_of(decode_parts(on, context, batch=b)) for b in (small, large))
    assert ZONES.index(first) <= ZONES.index(then)


@same
@given(deployments(), tokens)
def test_a_zone_starts_where_the_one_before_ends(on, context):
    starts = zone_starts(on, context)
    assert starts["weights"] == 1
    for zone, start in starts.items():
        if start is None:
            last = zone_of(decode_parts(on, context, batch=LARGEST))
            assert ZONES.index(last) < ZONES.index(zone)
        elif start > 1:
            before = zone_of(decode_parts(on, context, batch=start - 1))
            here = zone_of(decode_parts(on, context, batch=start))
            assert ZONES.index(before) < ZONES.index(zone) <= ZONES.index(here)


@same
@given(deployments(), tokens, batches)
def test_no_batch_is_cheaper_than_the_floor_without_weights(on, context, batch):
    least = least_floor_usd_per_million(on, context, usd_per_chip_hour=1)
    step = decode_parts(on, context, batch=batch).overlapped
    assert step / batch * on.chips / 3600 * 1e6 >= least * (1 - 1e-9)


def test_the_zones_by_hand():
    assert zone_of(Parts(weights=2, kv=1, matmul=1, attention=1)) == "weights"
    assert zone_of(Parts(weights=2, kv=3, matmul=1, attention=1)) == "caches"
    assert zone_of(Parts(weights=1, kv=1, matmul=2, attention=1)) == "products"


def test_seven_billion_parameters_on_one_a100_by_hand():
    """At 2,048 tokens a step reads 13.2 GB of weights and 1.07 GB of each cache."""
    one = CURVE[0]
    assert one.parts.kv * 2.039e12 == pytest.approx(2048 * 524_288)
    for point in CURVE:
        seconds = one.parts.weights + point.batch * one.parts.kv
        assert point.floor_seconds == pytest.approx(seconds)
        usd = seconds / point.batch * 1.59 / 3600 * 1e6
        assert point.floor_usd_per_million == pytest.approx(usd)
        assert point.expected_seconds > point.floor_seconds
        assert point.usd_per_million > point.floor_usd_per_million
    assert zone_starts(SEVEN, 2048) == {"weights": 1, "caches": 13, "products": None}


def test_what_is_printed_of_it():
    """Printed: 27 times cheaper from 1 to 128, then the compute floor. Neither can be."""
    prices = [point.floor_usd_per_million for point in CURVE]
    assert prices == sorted(prices, reverse=True)
    assert [point.batch for point in CURVE if point.fits] == [1, 4, 8, 32, 57, 67]
    assert max_batch(SEVEN, 2048) == 67  # 128 caches would take 137 GB
    fitting = [point for point in CURVE if point.fits]
    fall = fitting[0].floor_usd_per_million / fitting[-1].floor_usd_per_million
    assert fall == pytest.approx(11.2, abs=0.1)
    least = least_floor_usd_per_million(SEVEN, 2048, **HOUR)
    assert prices[0] / least == pytest.approx(13.3, abs=0.1)  # at any batch whatever
    eight = CURVE[2]
    assert eight.batch / eight.floor_seconds == pytest.approx(748, abs=1)  # printed: 800 in use


def test_short_contexts_reach_the_products():
    starts = zone_starts(SEVEN, 16)
    assert starts["products"] is not None
    assert starts["products"] > 150
    # there a token costs its products: 6.607 billion weights, and 16 keys and values a layer
    flops = 2 * 6_607_077_376 + 4 * 32 * 4096 * 16
    least = least_floor_usd_per_million(SEVEN, 16, **HOUR)
    assert least == pytest.approx(1.59 / 3600 * flops / 312e12 * 1e6)


def test_the_batch_that_keeps_a_time():
    kept = largest_within(CURVE, 0.040)
    assert kept is not None
    assert kept.batch == 32
    assert largest_within(CURVE, 0.005) is None
    everything = largest_within(CURVE, 10)
    assert everything is not None
    assert everything.batch == 67


def test_a_tail_crosses_between_two_points():
    tail = [(64, 0.09), (1, 0.02), (16, 0.03), (32, 0.055), (128, 0.04)]
    assert slo_crossing(tail, 0.050) == (16, 32)
    assert slo_crossing(tail, 0.010) == (None, 1)
    assert slo_crossing(tail, 1) == (128, None)
    with pytest.raises(ValueError, match="no points"):
        slo_crossing([], 1)
    with pytest.raises(ValueError, match="seconds"):
        slo_crossing([(1, -1)], 1)


@given(st.lists(st.tuples(st.integers(1, 512), st.floats(0, 1)), min_size=1), st.floats(0.01, 1))
def test_what_is_kept_is_below_what_is_broken(tail, bound):
    kept, broken = slo_crossing(tail, bound)
    if kept is not None and broken is not None:
        assert kept <= broken
    assert kept is not None or broken is not None


def test_a_drift_of_five_percent_an_hour_is_not_a_day_and_a_half():
    """Printed: 5 to 10 % an hour, 600 to 720 ms, 36 hours unnoticed."""
    assert hours_to_reach(600, 720, 0.05) == pytest.approx(3.74, abs=0.01)
    assert hours_to_reach(600, 720, 0.10) == pytest.approx(1.91, abs=0.01)
    assert pytest.approx(3475, abs=1) == 600 * 1.05**36  # what it would have come to
    assert hours_to_reach(600, 720, 0.00508) == pytest.approx(36, abs=0.1)
    with pytest.raises(ValueError, match="does not reach"):
        hours_to_reach(2, 1, 0.1)
