"""Mistral's and Meta's own parameter files."""

import pytest

from tokenworks.configs import read_cache
from tokenworks.configs.params_json import as_config
from tokenworks.cost.cache_memory import cache_bytes

META = {"dim": 8192, "n_layers": 80, "n_heads": 64, "n_kv_heads": 8, "multiple_of": 4096,
        "ffn_dim_multiplier": 1.3, "norm_eps": 1e-5, "vocab_size": 128256}  # fmt: skip
MISTRAL = {"dim": 4096, "n_layers": 32, "head_dim": 128, "hidden_dim": 14336, "n_heads": 32,
           "n_kv_heads": 8, "norm_eps": 1e-5, "vocab_size": 32000}  # fmt: skip


def test_both_are_read():
    assert cache_bytes(read_cache(META), 100, bytes_per_value=2) == 80 * 2 * 8 * 128 * 100 * 2
    assert cache_bytes(read_cache(MISTRAL), 100, bytes_per_value=2) == 32 * 2 * 8 * 128 * 100 * 2
    windowed = MISTRAL | {"sliding_window": 50}
    assert cache_bytes(read_cache(windowed), 100, bytes_per_value=2) == 32 * 2 * 8 * 128 * 50 * 2


def test_other_configs_stay_as_they_are():
    config = {"model_type": "llama", "dim": 1, "n_layers": 2, "n_heads": 3}
    assert as_config(config) is config


def test_layers_for_an_image_are_named():
    with pytest.raises(ValueError, match="vision_num_cross_attention_layers is set"):
        read_cache(META | {"vision_num_cross_attention_layers": 8})


def test_heads_are_never_taken_from_another_class():
    # Llama 2 13B and Llama 3 8B as https://github.com/pytorch/torchchat (torchchat/model_params)
    # has them
    old = {"dim": 5120, "n_layers": 40, "n_heads": 40, "vocab_size": 32000}
    assert cache_bytes(read_cache(old), 100, bytes_per_value=2) == 40 * 2 * 40 * 128 * 100 * 2
    fast = {"block_size": 8192, "dim": 4096, "ffn_dim_multiplier": 1.3, "multiple_of": 1024,
            "n_heads": 32, "n_layers": 32, "n_local_heads": 8, "vocab_size": 128256}  # fmt: skip
    cache = read_cache(fast)
    assert cache_bytes(cache, 100, bytes_per_value=2) == 32 * 2 * 8 * 128 * 100 * 2
    assert cache.context_tokens == 8192
