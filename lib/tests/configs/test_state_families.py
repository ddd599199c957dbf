"""Hybrids: the layers that attend grow, the others keep a state."""

import pytest

from tokenworks.configs import read_cache
from tokenworks.configs.state_families import STATE_FAMILIES
from tokenworks.cost.cache_memory import cache_bytes, state_bytes

OLMO = {"model_type": "olmo_hybrid", "num_hidden_layers": 4, "num_attention_heads": 30,
        "hidden_size": 3840, "max_position_embeddings": 64,
        "layer_types": ["linear_attention"] * 3 + ["full_attention"]}  # fmt: skip


def test_a_family_stands_in_one_list():
    assert not set(STATE_FAMILIES) & {"llama", "t5", "gpt_oss"}
    assert {"qwen3_next", "jamba", "mamba2", "lfm3"} < set(STATE_FAMILIES)


def test_olmo_hybrid_takes_its_sizes_from_the_width():
    cache = read_cache(OLMO)
    assert cache_bytes(cache, 10, bytes_per_value=2) == 1 * 2 * 30 * 128 * 10 * 2
    matrix, convolution = 30 * 96 * 192, (2 * 30 * 96 + 30 * 192) * 3
    assert state_bytes(cache) == 3 * (matrix * 4 + convolution * 2)


def test_a_window_in_a_hybrid_is_kept():
    kinds = ["conv", "sliding_attention", "full_attention", "conv"]
    lfm3 = {"model_type": "lfm3", "num_hidden_layers": 4, "hidden_size": 64, "conv_L_cache": 7,
            "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
            "sliding_window": 8, "layer_types": kinds, "max_position_embeddings": 64}  # fmt: skip
    cache = read_cache(lfm3)
    assert cache_bytes(cache, 50, bytes_per_value=1) == 2 * 2 * 16 * (50 + 8)
    assert state_bytes(cache) == 2 * 64 * 6 * 2


def test_jet_nemotron_has_three_kinds_of_layers():
    jet = {"num_heads": 8, "head_dim": 16, "expand_v": 2.0, "conv_size": 4}
    config = {"model_type": "jet_nemotron", "num_hidden_layers": 3, "hidden_size": 64,
              "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64,
              "layer_types": ["jet", "swa", "attn"],
              "efficient_attention_config": {"jet": jet, "swa": {"window_size": 8}}}  # fmt: skip
    cache = read_cache(config)
    assert cache_bytes(cache, 50, bytes_per_value=1) == 2 * 2 * 16 * (8 + 50)
    assert state_bytes(cache) == 8 * 16 * 32 * 4 + (2 * 8 * 16 + 8 * 32) * 3 * 2
    jet["expand_v"] = 0.3
    with pytest.raises(ValueError, match=r"expand_v must multiply 16 to a whole number, got 0\.3"):
        read_cache(config)


def test_gigachat_has_latents_between_delta_layers():
    config = {"model_type": "gigachat3_5", "num_hidden_layers": 4, "num_attention_heads": 16,
              "kv_lora_rank": 512, "qk_rope_head_dim": 64, "full_attention_layers": [3],
              "linear_num_key_heads": 8, "linear_num_value_heads": 16, "linear_key_head_dim": 128,
              "linear_value_head_dim": 128, "linear_conv_kernel_dim": 4,
              "max_position_embeddings": 64}  # fmt: skip
    cache = read_cache(config)
    assert cache_bytes(cache, 10, bytes_per_value=1) == 576 * 10
    assert state_bytes(cache) == 3 * (16 * 128 * 128 * 4 + (2 * 8 + 16) * 128 * 3 * 2)


def test_inkling_has_heads_and_convolutions_of_its_own_in_a_window():
    config = {"model_type": "inkling_text", "num_hidden_layers": 6, "hidden_size": 64,
              "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 16,
              "swa_num_key_value_heads": 2, "swa_head_dim": 16, "sliding_window_size": 8,
              "conv_kernel_size": 4, "max_position_embeddings": 64}  # fmt: skip
    cache = read_cache(config)
    assert cache_bytes(cache, 50, bytes_per_value=1) == 2 * 16 * (5 * 2 * 8 + 1 * 50)
    assert state_bytes(cache) == (5 * (2 * 2 * 16 + 128) + (2 * 16 + 128)) * 3 * 2


def test_a_state_whose_type_nobody_states_is_noted():
    notes = []
    read_cache(OLMO, notes=notes)
    assert any("vLLM holds it in the model's own type, half as much" in note for note in notes)
    stated, notes = OLMO | {"mamba_ssm_dtype": "bfloat16"}, []
    half = read_cache(stated, notes=notes)
    assert state_bytes(half) == 3 * (30 * 96 * 192 * 2 + (2 * 30 * 96 + 30 * 192) * 3 * 2)
    assert not any("vLLM" in note for note in notes)
