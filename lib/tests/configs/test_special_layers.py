"""Layers that differ in their heads, index keys and compressed entries."""

import re

import pytest

from tokenworks.configs import read_cache
from tokenworks.cost.cache_memory import cache_bytes

LATENT = {"kv_lora_rank": 512, "qk_rope_head_dim": 64, "num_attention_heads": 64,
          "num_hidden_layers": 8, "index_head_dim": 128, "max_position_embeddings": 99}  # fmt: skip
V4 = {"model_type": "deepseek_v4", "num_hidden_layers": 4, "num_attention_heads": 64,
      "head_dim": 512, "index_head_dim": 128, "sliding_window": 128,
      "max_position_embeddings": 4096}  # fmt: skip
BLOCKS = {"model_type": "nemotron-nas", "num_hidden_layers": 3, "num_attention_heads": 64,
          "hidden_size": 8192, "max_position_embeddings": 64}  # fmt: skip


def grown(config, tokens):
    return cache_bytes(read_cache(config), tokens, bytes_per_value=1)


@pytest.mark.parametrize(
    ("says", "choosing"),
    [
        ({}, 8),
        ({"indexer_types": ["full"] * 3 + ["shared"] * 5}, 3),
        ({"index_topk_pattern": "FFSSFSSS"}, 3),
        ({"index_topk_freq": 4, "index_skip_topk_offset": 3}, 4),  # 0, 1, 2 and 6
    ],
)
def test_only_layers_that_choose_keep_an_index_key(says, choosing):
    glm = LATENT | {"model_type": "glm_moe_dsa"} | says
    assert grown(glm, 100) == (8 * 576 + choosing * 128) * 100


def test_deepseek_v4_keeps_a_window_and_compressed_entries():
    config = V4 | {"compress_ratios": [0, 4, 128, 4, 0]}
    entries = 2 * (1000 // 4) * (512 + 128) + (1000 // 128) * 512
    assert grown(config, 1000) == 4 * 128 * 512 + entries
    with pytest.raises(ValueError, match="compresses by 7 is not described"):
        read_cache(V4 | {"compress_ratios": [0, 4, 7, 4]})


def test_blocks_have_their_own_heads_or_none():
    block_configs = [
        {"attention": {"n_heads_in_group": 8, "no_op": False}},
        {"attention": {"n_heads_in_group": None, "no_op": True}},
        {"attention": {"n_heads_in_group": 16, "replace_with_linear": False}},
    ]
    assert grown(BLOCKS | {"block_configs": block_configs}, 10) == (8 + 4) * 2 * 128 * 10
    with pytest.raises(ValueError, match="block_configs must hold 3 blocks"):
        read_cache(BLOCKS | {"block_configs": []})


def test_gpt_neo_looks_back_in_every_other_layer():
    neo = {"model_type": "gpt_neo", "num_layers": 4, "num_heads": 4, "hidden_size": 32,
           "attention_types": [[["global", "local"], 2]], "window_size": 16,
           "max_position_embeddings": 64}  # fmt: skip
    assert grown(neo, 50) == (2 * 50 + 2 * 16) * 2 * 32


def test_gemma_layers_at_the_end_share():
    gemma = {"model_type": "gemma3n_text", "num_hidden_layers": 10, "num_attention_heads": 8,
             "num_key_value_heads": 2, "head_dim": 256, "sliding_window": 512,
             "num_kv_shared_layers": 5, "max_position_embeddings": 32768}  # fmt: skip
    assert grown(gemma, 1000) == (4 * 512 + 1000) * 2 * 2 * 256


def test_hunyuan_shares_in_groups_only_where_it_says_so():
    hunyuan = {"model_type": "hunyuan", "num_hidden_layers": 5, "num_attention_heads": 8,
               "num_key_value_heads": 2, "head_dim": 8, "cla_share_factor": 2,
               "max_position_embeddings": 64}  # fmt: skip
    assert grown(hunyuan | {"use_cla": True}, 10) == 3 * 2 * 2 * 8 * 10
    assert grown(hunyuan | {"use_cla": False}, 10) == 5 * 2 * 2 * 8 * 10


def test_a_list_of_heads_must_fit_the_layers():
    config = {"model_type": "openelm", "num_transformer_layers": 3, "head_dim": 8,
              "num_kv_heads": [1, 2], "max_context_length": 64}  # fmt: skip
    with pytest.raises(ValueError, match=re.escape("num_kv_heads lists 2 layers")):
        read_cache(config)
