"""Step times against hand arithmetic and each other."""

import pytest

from tokenworks.cost.memory import weight_bytes
from tokenworks.cost.step_time import (
    attention_flops_per_token,
    compute_seconds,
    compute_utilisation,
    decode_step_seconds,
    decode_tokens_per_s,
    flops_per_token,
    positions_cached,
    positions_uncached,
)
from tokenworks.specs import chip, model_spec
from tokenworks.worked import worked


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


def test_attention_arithmetic_is_two_products_a_layer_and_token_seen():
    spec = model_spec("smollm2-135m")
    by_hand = 30 * (2 * 9 * 64 + 2 * 9 * 64) * 100  # scores and mix, a FLOP pair each
    assert attention_flops_per_token(spec, 100) == by_hand


@pytest.mark.parametrize(("prompt", "output"), [(1, 1), (5, 3), (7, 200)])
def test_positions_are_those_of_the_two_loops(prompt, output):
    fed = [prompt + step for step in range(output)]
    assert positions_uncached(prompt, output) == sum(fed)
    assert positions_cached(prompt, output) == prompt + len(fed[1:])
