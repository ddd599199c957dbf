"""Index keys, compressed entries and latents that later layers read."""

import pytest

from tokenworks.configs import read_cache
from tokenworks.cost.cache_memory import cache_bytes

LATENT = {"kv_lora_rank": 512, "qk_rope_head_dim": 64, "num_attention_heads": 64,
          "num_hidden_layers": 8, "index_head_dim": 128, "max_position_embeddings": 99}  # fmt: skip
V4 = {"model_type": "deepseek_v4", "num_hidden_layers": 4, "num_attention_heads": 64,
      "head_dim": 512, "index_head_dim": 128, "sliding_window": 128,
      "max_position_embeddings": 4096}  # fmt: skip


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


def test_a_layer_that_reads_an_earlier_latent_keeps_none():
    config = LATENT | {"model_type": "mistral_large4_text", "num_hidden_layers": 4}
    sources = config | {"kv_source_layers": [0, 0, 2, 2]}
    assert grown(sources, 100) == (2 * 576 + 4 * 128) * 100
    with pytest.raises(ValueError, match="kv_source_layers must name 4 layers"):
        read_cache(config | {"kv_source_layers": [0]})


def test_minimax_m3_as_transformers_writes_it():
    config = {"model_type": "minimax_m3_vl_text", "num_hidden_layers": 3, "head_dim": 128,
              "num_attention_heads": 64, "num_key_value_heads": 4, "index_head_dim": 128,
              "layer_types": ["full_attention", "minimax_m3_sparse", "minimax_m3_sparse"],
              "max_position_embeddings": 64}  # fmt: skip
    assert grown(config, 10) == (3 * 2 * 4 * 128 + 2 * 128) * 10


def test_index_values_are_not_passed_over():
    sparse = {"sparse_index_dim": 128, "sparse_attention_freq": [0, 1],
              "sparse_disable_index_value": [0, 1]}  # fmt: skip
    config = {"model_type": "minimax_m3", "num_hidden_layers": 2, "num_attention_heads": 8,
              "num_key_value_heads": 4, "head_dim": 128, "max_position_embeddings": 64,
              "sparse_attention_config": sparse}  # fmt: skip
    assert grown(config, 10) == (2 * 2 * 4 * 128 + 128) * 10
    sparse["sparse_disable_index_value"] = [0, 0]
    with pytest.raises(ValueError, match="index values are not described here"):
        read_cache(config)
