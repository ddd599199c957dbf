"""Operations on rooflines, against arithmetic by hand."""

import math
from dataclasses import replace

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.roofline import (
    Operation,
    attainable_flops_per_s,
    attention_operation,
    critical_batch,
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
from tokenworks.specs import chip, model_spec

LLAMA, H100 = model_spec("llama-3-70b"), chip("h100-sxm")
ON = Deployment(LLAMA, H100, 4)
ROOF = {"flops_per_s": 989.4e12, "bytes_per_s": 3.35e12}


def test_the_ridge_and_both_sides_of_it():
    assert ridge_intensity(**ROOF) == pytest.approx(295.34, abs=0.01)
    assert attainable_flops_per_s(1, **ROOF) == 3.35e12
    assert attainable_flops_per_s(1000, **ROOF) == 989.4e12
    assert [regime(x, 295) for x in (1, 294.9, 295, 4096)] == [
        *("memory-bound", "memory-bound", "compute-bound", "compute-bound")
    ]


def test_a_matmul_is_named_by_its_rows():
    names = [matmul_operation(rows, 8, 8).name for rows in (1, 32, 1024)]
    assert names == ["matmul, 1 row", "matmul, 32 rows", "matmul, 1,024 rows"]


def test_a_matmul_moves_its_activations_too():
    square = matmul_operation(256, 8192, 8192)
    assert square.flops == 2 * 256 * 8192 * 8192
    assert square.bytes == 2 * 8192 * 8192 + 2 * 256 * (8192 + 8192)
    assert square.intensity == pytest.approx(240.9, abs=0.1)  # not 256
    assert matmul_operation(256, 8192, 8192, bytes_per_activation=0).intensity == 256
    assert operation_seconds(square, **ROOF) == square.bytes / 3.35e12
    assert (
        operation_seconds(matmul_operation(512, 8192, 8192), **ROOF) == 2 * 512 * 8192**2 / 989.4e12
    )


def test_whole_steps_take_the_times_of_the_cost_model():
    roof = {"flops_per_s": ON.flops_per_s, "bytes_per_s": ON.bytes_per_s}
    for batch in (1, 64, 512):
        step = decode_operation(ON, 2048, batch=batch)
        assert operation_seconds(step, **roof) == pytest.approx(
            decode_seconds(ON, 2048, batch=batch)
        )
    for tokens in (8, 500, 8192):
        assert operation_seconds(prefill_operation(ON, tokens), **roof) == pytest.approx(
            prefill_seconds(ON, tokens)
        )


def test_intensity_of_decode_is_not_the_batch_once_caches_are_read():
    assert decode_operation(ON, 1, batch=256).intensity == pytest.approx(256, rel=0.01)
    assert decode_operation(ON, 4096, batch=256).intensity == pytest.approx(79.4, abs=0.1)
    assert decode_intensity_limit(ON, 4096) == pytest.approx(111.6, abs=0.1)
    million = decode_operation(ON, 4096, batch=10**6).intensity
    assert million == pytest.approx(decode_intensity_limit(ON, 4096), rel=1e-3)


def test_attention_by_hand():
    naive, flash = (attention_operation(LLAMA, 2048, flash=on) for on in (False, True))
    assert naive.flops == flash.flops == 4 * 64 * 128 * 2048**2
    ends = 2 * (64 + 8) * 128 * 2048 * 2
    assert flash.bytes == ends
    assert naive.bytes == ends + 4 * 64 * 2048**2 * 2
    step = decode_attention_operation(LLAMA, 1000)
    assert step.intensity == 64 / 8  # query heads that share a KV head, in 2 bytes


def test_attention_of_mla_has_values_narrower_than_keys():
    v3 = model_spec("deepseek-v3")
    naive, flash = (attention_operation(v3, 1000, flash=on) for on in (False, True))
    assert naive.flops == 2 * 128 * ((128 + 64) + 128) * 1000**2
    assert flash.bytes == 1000 * 128 * 2 * (2 * (128 + 64) + 2 * 128)  # q, k; v, result
    assert decode_attention_operation(v3, 1000).intensity == 128 * (512 + 64 + 512) / (512 + 64)


def test_attention_that_chooses_its_tokens_has_no_full_square():
    with pytest.raises(ValueError, match="GLM-5 attends to chosen tokens"):
        attention_operation(model_spec("glm-5"), 100, flash=True)
    one = decode_attention_operation(model_spec("glm-5"), 10_000)
    assert one.bytes == 2 * 78 * (576 * 2048 + 128 * 10_000)


def test_the_critical_batch_depends_on_the_width_and_the_arithmetic():
    v5e = chip("tpu-v5e")
    assert critical_batch(2, v5e.peak(), v5e.hbm_bytes_per_s) == pytest.approx(240.5, abs=0.1)
    assert critical_batch(1, v5e.peak(), v5e.hbm_bytes_per_s) == pytest.approx(120.3, abs=0.1)
    both = critical_batch(1, v5e.peak("int8"), v5e.hbm_bytes_per_s)
    assert both == pytest.approx(239.9, abs=0.1)


def test_the_critical_batch_with_caches_is_the_first_that_multiplies_longer():
    for on, context in ((ON, 100), (replace(ON, weights="fp8"), 500)):
        batch = critical_batch_at(on, context)
        assert batch is not None
        for size, bound in ((batch - 1, False), (batch, True)):
            parts = decode_parts(on, context, batch=size)
            assert (parts.matmul + parts.attention >= parts.weights + parts.kv) is bound
    assert critical_batch_at(ON, 4096) is None


@pytest.mark.parametrize("steps", range(-3, 4))
def test_the_critical_batch_ends_where_limit_and_ridge_are_a_rounding_apart(steps):
    share = decode_intensity_limit(ON, 4096) / ridge_intensity(ON.flops_per_s, ON.bytes_per_s)
    for _ in range(abs(steps)):
        share = math.nextafter(share, math.copysign(math.inf, steps))
    assert critical_batch_at(replace(ON, compute_efficiency=share), 4096) is None


def test_a_critical_batch_is_found_however_large_it_is():
    share = decode_intensity_limit(ON, 4096) / ridge_intensity(ON.flops_per_s, ON.bytes_per_s)
    on = replace(ON, compute_efficiency=share * (1 - 1e-6))
    batch = critical_batch_at(on, 4096)
    assert batch is not None
    assert batch > 10**6
    for size, bound in ((batch - 1, False), (batch, True)):
        parts = decode_parts(on, 4096, batch=size)
        assert (parts.matmul + parts.attention >= parts.weights + parts.kv) is bound


def test_impossible_operations_are_refused():
    with pytest.raises(ValueError, match="rows must be a whole number"):
        matmul_operation(0, 1, 1)
    with pytest.raises(ValueError, match="intensity must be a finite number"):
        attainable_flops_per_s(0, **ROOF)
    assert Operation("copy", 0, 8).intensity == 0
