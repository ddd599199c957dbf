"""Mistral's and Meta's own parameter files."""

import pytest

from tokenworks.configs import read_cache
from tokenworks.configs.params_json import as_config
from tokenworks.cost.cache_memory import cache_bytes, state_bytes

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


@pytest.mark.parametrize(
    ("said", "states"),
    [  # https://huggingface.co/state-spaces: mamba-2.8b, mamba2-2.7b
        ({}, 5120 * 16 * 4 + 5120 * 3 * 2),
        ({"layer": "Mamba2"}, 80 * 64 * 128 * 4 + (5120 + 2 * 128) * 3 * 2),
        ({"layer": "Mamba2", "d_state": 64}, 80 * 64 * 64 * 4 + (5120 + 2 * 64) * 3 * 2),
    ],
)
def test_configs_of_mamba_ssm_say_by_ssm_cfg_which_layer_they_have(said, states):
    config = {"d_model": 2560, "n_layer": 64, "vocab_size": 50277, "ssm_cfg": said,
              "attn_layer_idx": [], "attn_cfg": {}, "d_intermediate": 0}  # fmt: skip
    assert state_bytes(read_cache(config)) == 64 * states
    assert state_bytes(read_cache(config | {"model_type": "mamba"})) == 64 * states


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"attn_layer_idx": [9, 18]}, "attn_layer_idx is not described here"),
        ({"ssm_cfg": {"layer": "Mamba3"}}, "Mamba3 is not described here"),
        ({"ssm_cfg": {"d_ssm": 8}}, "d_ssm is not described here"),
        ({"ssm_cfg": [1]}, "ssm_cfg is not described here"),
    ],
)
def test_what_mamba_ssm_says_beside_is_refused(change, words):
    config = {"d_model": 2560, "n_layer": 64, "ssm_cfg": {}} | change
    with pytest.raises(ValueError, match=words):
        read_cache(config)


def test_mistrals_mamba_is_a_mamba_2():
    # https://huggingface.co/mistralai/Mamba-Codestral-7B-v0.1/blob/main/params.json
    config = {"dim": 4096, "n_layers": 64, "vocab_size": 32768, "n_groups": 8, "rms_norm": True,
              "residual_in_fp32": True, "fused_add_norm": True, "pad_vocab_size_multiple": 1,
              "tie_embeddings": False, "model_type": "mamba"}  # fmt: skip
    convolution = (8192 + 2 * 8 * 128) * 3 * 2
    assert state_bytes(read_cache(config)) == 64 * (128 * 64 * 128 * 4 + convolution)


def test_llama_4_and_ministral_say_their_windows():
    four = META | {"n_layers": 48, "attention_chunk_size": 8192, "nope_layer_interval": 4}
    cache = read_cache(four)
    assert [(part.layers, part.window_tokens) for part in cache.parts] == [(36, 8192), (12, None)]
    listed = MISTRAL | {"n_layers": 36, "sliding_window": [None, 32768, 32768, 32768]}
    parts = read_cache(listed).parts
    assert [(part.layers, part.window_tokens) for part in parts] == [(9, None), (27, 32768)]
    with pytest.raises(ValueError, match="sliding_window lists 5 windows for 36 layers"):
        read_cache(listed | {"sliding_window": [None] * 5})


def test_a_mamba_without_its_state_is_not_given_another_classes():
    with pytest.raises(ValueError, match="the config has no state_size"):
        read_cache({"model_type": "mamba", "hidden_size": 8, "num_hidden_layers": 2})
