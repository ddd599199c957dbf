"""Hybrids: the layers that attend grow, the others keep a state."""

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
