"""Bytes counted from shapes, against published totals and hand arithmetic."""

from dataclasses import replace

import pytest

from tokenworks.cost.memory import (
    activation_bytes,
    attended_positions,
    checkpoint_bytes,
    decode_read_bytes,
    kept_positions,
    kept_state_bytes,
    kv_bytes,
    kv_bytes_per_chip,
    kv_bytes_per_token,
    kv_share,
    min_chips,
    score_bytes,
    slice_chips,
    tensor_parallel_sizes,
    weight_bytes,
)
from tokenworks.specs import chip, model_spec


def test_weights_take_their_count_times_the_width():
    assert weight_bytes(model_spec("llama-3-70b"), 2) == 141_107_412_992
    assert weight_bytes(model_spec("llama-3-70b"), 0.5) == 35_276_853_248


@pytest.mark.parametrize(
    ("name", "per_token"),
    [
        ("llama-3-8b", 131_072),  # 2 × 32 × 8 × 128 × 2 bytes
        ("llama-3-70b", 327_680),
        ("llama-3-405b", 516_096),
        ("llama-2-7b", 524_288),  # MHA: four times the newer 8B
        ("gemma-2b", 18_432),  # MQA
        ("deepseek-v3", 70_272),  # MLA: 61 × 576 × 2 bytes
        ("smollm2-135m", 23_040),
    ],
)
def test_kv_bytes_of_a_token(name, per_token):
    spec = model_spec(name)
    assert kv_bytes_per_token(spec, 2) == per_token
    assert kv_bytes(spec, 1000, bytes_per_value=2) == 1000 * per_token


def test_a_windowed_model_has_no_fixed_bytes_per_token():
    oss = model_spec("gpt-oss-20b")
    with pytest.raises(ValueError, match="use kv_bytes"):
        kv_bytes_per_token(oss, 2)
    of_layer = 2 * 8 * 64 * 2
    assert kv_bytes(oss, 100, bytes_per_value=2) == 24 * 100 * of_layer
    assert kv_bytes(oss, 10_000, bytes_per_value=2) == 12 * (10_000 + 128) * of_layer


def test_a_model_windowed_throughout_stops_growing():
    spec = replace(model_spec("llama-3-8b"), window_tokens=4096)
    full = kv_bytes(spec, 4096, bytes_per_value=2)
    assert kv_bytes(spec, 8192, bytes_per_value=2) == full == 4096 * 131_072


@pytest.mark.parametrize(
    ("weights", "hbm", "chips"),
    [(141.1e9, 80e9, 2), (160e9, 80e9, 2), (160.1e9, 80e9, 3), (1, 2, 1)],
)
def test_chips_that_hold_the_weights(weights, hbm, chips):
    assert min_chips(weights, hbm) == chips


@pytest.mark.parametrize(
    ("needed", "v5e", "gpu"),
    [(1, 1, 1), (2, 4, 2), (3, 4, 4), (5, 8, 8), (9, 16, 16), (17, 32, 24), (129, 256, 136)],
)
def test_what_can_be_rented(needed, v5e, gpu):
    assert slice_chips(needed, on=chip("tpu-v5e")) == v5e
    assert slice_chips(needed, on=chip("h100-sxm")) == gpu


def test_a_slice_has_a_largest_size():
    with pytest.raises(ValueError, match="TPU v5e comes in slices of up to 256 chips, not 257"):
        slice_chips(257, on=chip("tpu-v5e"))


@pytest.mark.parametrize(
    ("name", "tp", "share"),
    [
        ("llama-3-70b", 1, 1),
        ("llama-3-70b", 2, 1 / 2),
        ("llama-3-70b", 8, 1 / 8),
        ("llama-3-70b", 16, 1 / 8),  # each head on two chips
        ("llama-3-70b", 64, 1 / 8),
        ("gemma-2b", 8, 1),  # one KV head, held by all
        ("deepseek-v3", 8, 1),  # one latent, held by all
    ],
)
def test_what_each_tensor_parallel_chip_holds(name, tp, share):
    spec = model_spec(name)
    whole = kv_bytes(spec, 1000, bytes_per_value=2)
    assert kv_bytes_per_chip(spec, 1000, bytes_per_value=2, tp=tp) == whole * share


@pytest.mark.parametrize(
    ("name", "tp"), [("llama-3-70b", 3), ("llama-3-70b", 12), ("qwen3-4b", 64)]
)
def test_heads_that_cannot_be_sharded_are_refused(name, tp):
    with pytest.raises(ValueError, match=f"of {name} cannot be sharded over {tp} chips; take 1, 2"):
        kv_share(model_spec(name), tp)


def test_query_heads_that_divide_are_not_enough():
    phi = replace(model_spec("llama-3-8b"), n_heads=40, n_kv_heads=10)
    assert [kv_share(phi, tp) for tp in (1, 2, 5, 10, 20)] == [1, 0.5, 0.2, 0.1, 0.1]
    for tp in (4, 8):  # four chips would get two and a half KV heads each
        with pytest.raises(ValueError, match="40 query heads and 10 KV heads"):
            kv_share(phi, tp)


def test_tensor_parallel_sizes():
    assert tensor_parallel_sizes(model_spec("llama-3-70b")) == [1, 2, 4, 8, 16, 32, 64]
    assert tensor_parallel_sizes(model_spec("smollm2-135m")) == [1, 3, 9]
    assert tensor_parallel_sizes(model_spec("deepseek-v3"))[-1] == 128
    assert tensor_parallel_sizes(model_spec("qwen3.5-397b-a17b")) == [1, 2, 4, 8, 16]
    linear = "32 query heads and 2 KV heads and 16 linear key heads of qwen3.5-397b-a17b cannot"
    with pytest.raises(ValueError, match=linear):
        kv_share(model_spec("qwen3.5-397b-a17b"), 32)


def test_a_hybrid_keeps_keys_in_every_fourth_layer_and_a_state_in_the_others():
    spec = model_spec("qwen3.5-397b-a17b")
    assert kept_positions(spec, 1000) == 15_000
    assert kv_bytes_per_token(spec, 2) == 15 * 2 * 2 * 256 * 2
    state = 45 * (64 * 128 * 128 * 4 + 12288 * 3 * 2)  # a float32 matrix a head, three inputs
    assert kept_state_bytes(spec) == state == 192_061_440
    assert decode_read_bytes(spec, 1000, bytes_per_value=2) == 15_000 * 2048 + 2 * state
    assert kept_state_bytes(model_spec("llama-3-8b")) == 0


def test_an_indexer_reads_all_its_keys_and_the_chosen_latents_alone():
    spec = model_spec("glm-5")
    assert kv_bytes(spec, 10_000, bytes_per_value=1) == 78 * 704 * 10_000
    assert attended_positions(spec, 10_000) == 78 * 2048
    assert decode_read_bytes(spec, 10_000, bytes_per_value=1) == 78 * (576 * 2048 + 128 * 10_000)
    short = decode_read_bytes(spec, 2048, bytes_per_value=1)
    assert short == kv_bytes(spec, 2048, bytes_per_value=1)
    assert attended_positions(model_spec("deepseek-v3"), 10_000) == 61 * 10_000


def test_layers_may_each_have_their_own_window():
    spec = replace(model_spec("llama-3-8b"), layer_windows=(512, None) + (1024,) * 30)
    assert kept_positions(spec, 600) == 512 + 600 + 30 * 600
    assert kept_positions(spec, 5000) == 512 + 5000 + 30 * 1024
    with pytest.raises(ValueError, match="3 layer windows for 32 layers"):
        replace(spec, layer_windows=(1, 2, 3))


def test_scores_and_activations_by_hand():
    llama = model_spec("llama-3-8b")
    assert score_bytes(llama, 4096) == 32 * 4096 * 4096 * 2 == 2**30
    assert score_bytes(llama, 4096, batch=3) == 3 * 2**30
    per_token = 2 * 4096 + 2 * 14336
    assert activation_bytes(llama, 1000) == 1000 * per_token * 2 + 4 * 128256
    attention = 2 * 4096 + 2 * 4096 + 2 * 1024
    naive = 4096 * attention * 2 + 2**30 + 4 * 128256
    assert activation_bytes(llama, 4096, flash=False) == naive
    assert activation_bytes(llama, 0) == 0


def test_tensor_parallelism_divides_all_but_the_residual():
    big = model_spec("llama-3-405b")
    whole = 131_072 * (2 * 16384 + 2 * 53248) * 2 + 4 * 128256
    eighth = 131_072 * (2 * 16384 + 2 * 53248 / 8) * 2 + 4 * 128256 / 8
    assert activation_bytes(big, 131_072) == whole
    assert activation_bytes(big, 131_072, tp=8) == eighth
    assert round(eighth / 2**30, 2) == 11.25
    small = model_spec("llama-3-8b")  # 16 chips: two query heads each, and one KV head, not half
    naive = 2000 * (2 * 4096 + (2 + 1) * 256) * 2 + 2 * 2000 * 2000 * 2 + 4 * 128256 / 16
    assert activation_bytes(small, 2000, tp=16, flash=False) == naive


def test_a_checkpoint_keeps_some_parts_at_16_bits():
    llama, width = model_spec("llama-3-70b"), (4 + (16 + 4) / 128) / 8
    tables = 2 * 128_256 * 8192
    held = checkpoint_bytes(llama, width, kept=("embed", "head"))
    assert held == (70_553_706_496 - tables) * width + tables * 2
    assert round(held / 1e9, 1) == 39.8
    assert checkpoint_bytes(llama, width) == weight_bytes(llama, width)
    assert checkpoint_bytes(llama, 4, kept=("embed",)) == weight_bytes(llama, 4)  # never narrowed


def test_activations_of_experts_count_the_shared_one():
    # a token passes one routed and one shared expert, 8192 wide; a dense layer is twice as wide
    scout = replace(model_spec("llama-4-scout"), d_ff=1)
    one = 2 * 5120 + 2 * 2 * 8192
    assert activation_bytes(scout, 1000) == 1000 * one * 2 + 4 * 202048


def test_activations_of_mla_hold_values_narrower_than_keys():
    v3 = model_spec("deepseek-v3")
    attention = 128 * 2 * (192 + 128)  # queries and keys, values and the result
    assert activation_bytes(v3, 100) == 100 * (2 * 7168 + attention) * 2 + 4 * 129280


def test_activations_of_a_hybrid_are_those_of_its_widest_layer():
    spec = model_spec("qwen3.5-397b-a17b")
    full = (32 + 2) * 512 + 32 * 256  # queries, keys, values, output, and the gate
    linear = (2 * 16 + 3 * 64) * 128  # q and k, then v, gate and output
    assert linear > full > 2 * 11 * 1024
    assert activation_bytes(spec, 10) == 10 * (2 * 4096 + linear) * 2 + 4 * 248320
    glm = model_spec("glm-5")
    latent = (64 + 64) * (256 + 256) + 33 * 128  # and queries and a key of the index
    assert activation_bytes(glm, 10) == 10 * (2 * 6144 + latent) * 2 + 4 * 154880


def test_caches_are_as_large_as_two_engines_log():
    """Llama-3 8B in vLLM: weights, and blocks of 16 tokens; Qwen3 235B in SGLang on 4 chips.

    Sources: https://github.com/vllm-project/vllm/issues/12330 and /issues/21348.
    """
    llama, qwen = model_spec("llama-3-8b"), model_spec("qwen3-235b-a22b")
    assert weight_bytes(llama, 2) / 2**30 == pytest.approx(14.9595, rel=2e-4)
    pool = 5691 * 16 * kv_bytes_per_token(llama, 2)
    assert pool / 2**30 == pytest.approx(11.12, abs=0.005)
    of_one = kv_bytes_per_chip(qwen, 367_404, bytes_per_value=2, tp=4)
    assert of_one / 2**30 == pytest.approx(2 * 8.23, abs=0.01)
