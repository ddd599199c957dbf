"""Tails at each batch: known ones of a constant clock, and the batch at which a P99 is too slow."""

from typing import Any

import pytest

from tokenworks.cost.batch_zones import batch_curve, largest_within, slo_crossing
from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.mixed_step import step_clock
from tokenworks.cost.scheduled_step import expected_clock
from tokenworks.serving.lengths import Lengths, fixed, lognormal
from tokenworks.serving.tail_by_batch import tails_by_batch
from tokenworks.specs import chip, model_spec

ON = Deployment(model_spec("llama-3-8b"), chip("h100-sxm"))
MIXED: dict[str, Any] = {
    "lengths": Lengths(
        lognormal(mean_tokens=1000, sigma=0.8), lognormal(mean_tokens=120, sigma=0.6)
    ),
    "cached_tokens": 400_000,
    "count": 120,
}
BATCHES = [1, 4, 16, 64]
TAILS = tails_by_batch(step_clock(ON), BATCHES, **MIXED, chunk_tokens=2048)


def test_a_constant_clock_has_no_tail():
    lengths = Lengths(fixed(32), fixed(10))
    for point in tails_by_batch(lambda load: 0.5, [1, 4], lengths=lengths, cached_tokens=10_000):
        assert point.tpot_p50_seconds == pytest.approx(0.5)
        assert point.tpot_p99_seconds == pytest.approx(0.5)
        assert point.itl_p99_seconds == pytest.approx(0.5)
        assert point.ttft_p99_seconds == pytest.approx(0.5)
        assert point.output_tokens_per_s == pytest.approx(2 * point.batch, rel=0.03)


def test_more_at_once_is_slower_and_yields_more():
    tails = [point.tpot_p99_seconds for point in TAILS]
    assert tails == sorted(tails)
    yields = [point.output_tokens_per_s for point in TAILS]
    assert yields == sorted(yields)
    for point in TAILS:
        assert point.tpot_p50_seconds <= point.tpot_p99_seconds
        assert point.batch == 1 or point.itl_p99_seconds > 2 * point.tpot_p99_seconds


def test_a_promise_of_the_p99_allows_fewer_than_the_step_does():
    """At 64 at once the bare step keeps 12 ms, and the gaps beside prompts do not."""
    bound = 0.012
    steps = batch_curve(
        ON, BATCHES, context_tokens=1060, usd_per_chip_hour=3.99, constants=Constants.fitted()
    )
    by_step = largest_within(steps, bound)
    assert by_step is not None
    kept, broken = slo_crossing([(p.batch, p.itl_p99_seconds) for p in TAILS], bound)
    assert kept is None or kept < by_step.batch
    assert broken is not None


def test_chunks_shorten_the_longest_gaps():
    whole = tails_by_batch(step_clock(ON), [16], **MIXED)[0]
    chunked = tails_by_batch(step_clock(ON), [16], **MIXED, chunk_tokens=256)[0]
    assert chunked.itl_p99_seconds < whole.itl_p99_seconds


def test_expected_tails_are_above_their_floors():
    clock = expected_clock(engine_plan(ON), constants=Constants.fitted())
    (expected,) = tails_by_batch(clock, [8], **MIXED)
    (floor,) = tails_by_batch(step_clock(ON), [8], **MIXED)
    assert expected.tpot_p99_seconds > floor.tpot_p99_seconds
    assert expected.output_tokens_per_s < floor.output_tokens_per_s


def test_what_cannot_be_is_refused():
    single = Lengths(fixed(8), fixed(1))
    with pytest.raises(ValueError, match="single token"):
        tails_by_batch(lambda load: 1.0, [2], lengths=single, cached_tokens=1000)
    with pytest.raises(ValueError, match="batch"):
        tails_by_batch(lambda load: 1.0, [0], lengths=single, cached_tokens=1000)
