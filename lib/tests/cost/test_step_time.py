"""Step times against hand arithmetic and each other."""

import math
from dataclasses import replace

import jax
import jax.numpy as jnp
import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import step_weight_bytes, weight_bytes
from tokenworks.cost.parameters import expert_parameter_count, matmul_parameter_count
from tokenworks.cost.step_time import (
    compute_seconds,
    compute_utilisation,
    decode_flops,
    decode_parts,
    decode_seconds,
    decode_step_seconds,
    decode_tokens_per_s,
    flops_per_token,
    kv_read_bytes,
    positions_cached,
    positions_uncached,
    prefill_flops,
    prefill_seconds,
    request_seconds,
    user_seconds,
)
from tokenworks.model.cache import advance, empty_cache
from tokenworks.model.forward_pass import last_logits
from tokenworks.model.weights import abstract
from tokenworks.specs import Workload, chip, model_spec
from tokenworks.worked_number import worked


def test_the_decode_floor_of_the_classic_example():
    assert decode_step_seconds(140e9, 2e12) == pytest.approx(0.070)
    assert decode_tokens_per_s(0.070) == pytest.approx(14.2857, rel=1e-5)
    assert decode_tokens_per_s(0.070, batch=32) == pytest.approx(457.14, rel=1e-5)


def test_flops_of_a_token_are_twice_its_weights():
    assert flops_per_token(70e9) == 140e9
    assert compute_seconds(140e9, 312e12) == pytest.approx(4.487e-4, rel=1e-3)


def test_utilisation_at_batch_1_is_bandwidth_over_peak_for_two_byte_weights():
    a100, spec = chip("a100-80gb"), model_spec("llama-3-70b")
    step = decode_step_seconds(weight_bytes(spec, 2), a100.hbm_bytes_per_s)
    flops = flops_per_token(weight_bytes(spec, 2) / 2)
    share = compute_utilisation(flops, step, flops_per_s=a100.bf16_flops_per_s)
    assert share == pytest.approx(a100.hbm_bytes_per_s / a100.bf16_flops_per_s)
    assert share == pytest.approx(0.0065, abs=5e-5)


def test_a_compute_bound_step_uses_all_of_the_chip():
    seconds = compute_seconds(5e12, 1e12)
    assert compute_utilisation(5e12, seconds, flops_per_s=1e12) == 1


def test_the_book_can_print_the_formula():
    printed = worked("70 ms", decode_step_seconds, weight_bytes=140e9, hbm_bytes_per_s=2e12)
    assert printed.lines[0] == "decode_step_seconds = weight_bytes / hbm_bytes_per_s"
    assert printed.value == pytest.approx(0.070)


@pytest.mark.parametrize(("prompt", "output"), [(1, 1), (5, 3), (7, 200)])
def test_positions_are_those_of_the_two_loops(prompt, output):
    fed = [prompt + step for step in range(output)]
    assert positions_uncached(prompt, output) == sum(fed)
    assert positions_cached(prompt, output) == prompt + len(fed[1:])


# ---- phases of a deployment ----

LLAMA = model_spec("llama-3-70b")
ON = Deployment(LLAMA, chip("h100-sxm"), 4)
READ = 70_553_706_496 - 128256 * 8192
MATMUL = READ - (2 * 80 + 1) * 8192  # without the norms
HEAD = 128256 * 8192


def test_prefill_counts_the_pairs_that_a_causal_mask_leaves():
    layers = 2 * (MATMUL - HEAD) * 500 + 2 * HEAD
    pairs = 500 * 501 // 2
    assert prefill_flops(LLAMA, 500) == layers + 80 * 4 * 64 * 128 * pairs
    assert prefill_flops(LLAMA, 500, causal=False) == layers + 80 * 4 * 64 * 128 * 500**2
    assert prefill_flops(LLAMA, 1) == decode_flops(LLAMA, 1)


@pytest.mark.parametrize("tokens", [256, 1024])
def test_the_compiler_counts_the_same_operations(tokens):
    shape = {"n_layers": 2, "d_model": 256, "n_heads": 8, "n_kv_heads": 2, "d_head": 32}
    spec = replace(model_spec("smollm2-135m"), **shape, d_ff=512, vocab_size=1000)
    weights = abstract(spec, jnp.float32)
    ids = [jax.ShapeDtypeStruct((1, n), jnp.int32) for n in (tokens, 1)]
    cache = jax.eval_shape(lambda: empty_cache(spec, tokens))
    prompt = last_logits.lower(weights, spec, ids[0], last=tokens - 1)
    step = advance.lower(weights, spec, ids[1], cache=cache, start=tokens - 1, last=0)
    for program, flops in (
        (prompt, prefill_flops(spec, tokens, causal=False)),  # our kernel computes the square
        (step, decode_flops(spec, tokens)),
    ):
        counted = program.compile().cost_analysis()["flops"]
        assert flops < counted < 1.03 * flops  # softmax, norms and rotation are not in ours


def test_prefill_of_windowed_layers_by_counting():
    spec = model_spec("gemma-2-2b")  # 26 layers, every second one sees all
    P, window = 6000, 4096
    counted = 13 * sum(min(i, window) for i in range(1, P + 1)) + 13 * sum(range(1, P + 1))
    head = 256000 * 2304
    layers = 2 * (matmul_parameter_count(spec) - head) * P + 2 * head
    assert prefill_flops(spec, P) == layers + 2 * 8 * 2 * 256 * counted


def test_the_floor_of_the_first_token():
    assert prefill_seconds(ON, 500) == prefill_flops(LLAMA, 500) / (4 * 989.4e12)
    moved = 2 * READ + 2 * 80 * 8 * 128 * 2 * 16
    assert prefill_seconds(ON, 16) == moved / (4 * 3.35e12)  # too short to be compute-bound
    assert prefill_seconds(ON, 500, batch=3) == pytest.approx(3 * prefill_seconds(ON, 500))


def test_the_parts_of_a_decode_step_by_hand():
    parts = decode_parts(ON, 8192, batch=32)
    assert parts.weights == 2 * READ / (4 * 3.35e12)
    assert parts.kv == 32 * 2 * 80 * 8 * 128 * 2 * 8192 / (4 * 3.35e12)
    assert parts.matmul == 32 * 2 * MATMUL / (4 * 989.4e12)
    assert parts.attention == 32 * 4 * 80 * 64 * 128 * 8192 / (4 * 989.4e12)
    assert decode_seconds(ON, 8192, batch=32) == parts.weights + parts.kv


def test_the_two_forms_differ_where_arithmetic_meets_a_cache():
    parts = decode_parts(ON, 2048, batch=400)
    assert parts.matmul > parts.weights
    assert parts.kv > parts.attention
    assert decode_seconds(ON, 2048, batch=400, overlapped=False) == parts.matmul + parts.kv
    assert decode_seconds(ON, 2048, batch=400) == parts.weights + parts.kv < parts.serial


@pytest.mark.parametrize(
    ("batch", "milliseconds"),
    [(1, 4.98), (8, 12.13), (16, 20.30), (32, 36.65), (64, 69.33), (240, 249.09)],
)
def test_step_times_that_the_scaling_book_prints(batch, milliseconds):
    """Llama-2 13B, 8,192 tokens, 8 TPU v5e; it counts the embedding and rounds both bytes.

    Source: https://github.com/jax-ml/scaling-book/blob/04d8de58/inference.md.
    """
    on = Deployment(model_spec("llama-2-13b"), chip("tpu-v5e"), 8)
    seconds = decode_seconds(on, 8192, batch=batch)
    assert seconds == pytest.approx(milliseconds * 1e-3, rel=0.01)


def test_replicated_heads_are_read_more_than_once():
    wide = replace(ON, chips=16)
    assert kv_read_bytes(wide, 100) == 2 * kv_read_bytes(ON, 100)
    assert decode_parts(wide, 100).kv == decode_parts(replace(ON, chips=8), 100).kv


def test_efficiencies_stretch_the_floor():
    real = replace(ON, bandwidth_efficiency=0.5, compute_efficiency=0.4)
    assert decode_seconds(real, 100) == 2 * decode_seconds(ON, 100)
    assert prefill_seconds(real, 4096) == pytest.approx(prefill_seconds(ON, 4096) / 0.4)


def test_a_request_is_a_prefill_and_a_step_for_each_further_token():
    steps = [decode_seconds(ON, 500 + i) for i in (1, 2, 3)]
    assert request_seconds(ON, Workload(500, 4)) == prefill_seconds(ON, 500) + math.fsum(steps)
    assert request_seconds(ON, Workload(500, 1)) == prefill_seconds(ON, 500)


def test_a_user_waits_for_one_gap_less_than_tokens():
    assert user_seconds(0.3, 0.04, 200) == pytest.approx(0.3 + 199 * 0.04)
    assert user_seconds(0.3, 0.04, 1) == 0.3


def test_a_prompt_reads_the_experts_of_all_its_tokens():
    mixtral = Deployment(model_spec("mixtral-8x7b"), chip("h100-sxm"), 2)
    caches = 16 * 2 * 32 * 8 * 128 * 2
    moved = step_weight_bytes(mixtral.model, 2, 16) + caches
    assert prefill_seconds(mixtral, 16) == pytest.approx(moved / mixtral.bytes_per_s)
    assert moved > 2 * 0.9 * expert_parameter_count(mixtral.model)
