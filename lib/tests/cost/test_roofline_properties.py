"""What holds for every operation on every roofline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.drawn import BEARTYPE, CHIPS, batches, deployments, headed, same, shares, tokens
from tokenworks.cost.roofline import (
    Operation,
    attainable_flops_per_s,
    attention_operation,
    critical_batch_at,
    decode_attention_operation,
    decode_intensity_limit,
    decode_operation,
    matmul_operation,
    operation_seconds,
    prefill_operation,
    regime,
    ridge_intensity,
)
from tokenworks.cost.step_time import decode_parts, decode_seconds, prefill_seconds

pytestmark = pytest.mark.filterwarnings(BEARTYPE)
SLACK = 1 + 1e-9
rates = st.floats(1e9, 1e16)
sides = st.integers(1, 20_000)
widths = st.sampled_from([0.5, 1, 2])
quantities = st.floats(1.0, 1e15)


@same
@given(flops=quantities, moved=quantities, flops_per_s=rates, bytes_per_s=rates)
def test_an_operation_stays_under_both_roofs(flops, moved, *, flops_per_s, bytes_per_s):
    operation = Operation("drawn", flops, moved)
    roof = {"flops_per_s": flops_per_s, "bytes_per_s": bytes_per_s}
    rate = attainable_flops_per_s(operation.intensity, **roof)
    assert rate <= flops_per_s
    assert rate <= operation.intensity * bytes_per_s
    assert operation_seconds(operation, **roof) == pytest.approx(flops / rate)
    bound = regime(operation.intensity, ridge_intensity(**roof))
    moving = moved / bytes_per_s > flops / flops_per_s * SLACK
    multiplying = moved / bytes_per_s * SLACK < flops / flops_per_s
    assert not moving or bound == "memory-bound"
    assert not multiplying or bound == "compute-bound"


@same
@given(deployments(), tokens, batches)
def test_the_steps_on_the_roofline_take_the_times_of_the_cost_model(on, length, batch):
    roof = {"flops_per_s": on.flops_per_s, "bytes_per_s": on.bytes_per_s}
    step, whole = (
        decode_operation(on, length, batch=batch),
        prefill_operation(on, length, batch=batch),
    )
    placed = [operation_seconds(each, **roof) for each in (step, whole)]
    floors = [decode_seconds(on, length, batch=batch), prefill_seconds(on, length, batch=batch)]
    if on.attention_arithmetic == on.arithmetic:
        assert placed == pytest.approx(floors)
    if on.attention_flops_per_s <= on.flops_per_s:  # faster where the cache alone is fp4
        assert all(under <= floor * (1 + 1e-9) for under, floor in zip(placed, floors, strict=True))
    limit = decode_intensity_limit(on, length)
    assert step.intensity < limit
    assert decode_operation(on, length, batch=batch + 1).intensity > step.intensity
    assert decode_operation(on, length, batch=10**13).intensity == pytest.approx(limit, rel=1e-2)


@same
@given(deployments(), st.integers(1, 3_000))
def test_the_critical_batch_is_the_first_that_multiplies_longer(on, context):
    def bound(batch):
        parts = decode_parts(on, context, batch=batch)
        return parts.matmul + parts.attention >= parts.weights + parts.kv

    batch = critical_batch_at(on, context)
    if batch is None:
        assert not bound(10**9)
    else:
        assert bound(batch)
        assert batch == 1 or not bound(batch - 1)


@same
@given(rows=sides, d_in=sides, d_out=sides, width=widths)
def test_a_matmul_cannot_beat_its_smallest_side(rows, d_in, d_out, *, width):
    op = matmul_operation(rows, d_in, d_out, bytes_per_param=width)
    assert op.flops == 2 * rows * d_in * d_out
    assert op.intensity < 2 * rows / width
    assert op.intensity < min(d_in, d_out)
    assert op.intensity < matmul_operation(rows + 1, d_in, d_out, bytes_per_param=width).intensity


@same
@given(headed, tokens)
def test_flash_moves_less_for_the_same_products(spec, length):
    flash, naive = (attention_operation(spec, length, flash=f) for f in (True, False))
    assert flash.flops == naive.flops == 4 * spec.n_heads * spec.d_head * length**2
    ends = 2 * (spec.n_heads + spec.n_kv_heads) * spec.d_head * length  # q, result; k, v
    assert flash.bytes == 2 * ends < naive.bytes
    assert naive.intensity < spec.d_head / 2  # two products over four passes of the scores
    if not spec.full_attention_period:  # whose states have an intensity of their own
        assert decode_attention_operation(spec, length).intensity == spec.n_heads / spec.n_kv_heads


@same
@given(shares, shares, st.sampled_from(CHIPS))
def test_the_ridge_moves_with_what_is_reached(bandwidth, compute, chip):
    peak, stream = chip.bf16_flops_per_s, chip.hbm_bytes_per_s
    reached = ridge_intensity(compute * peak, bandwidth * stream)
    assert reached == pytest.approx(ridge_intensity(peak, stream) * compute / bandwidth)
