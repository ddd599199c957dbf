"""Layers that differ in their heads, and layers that share or repeat a cache."""

import re

import pytest

from tokenworks.configs import read_cache
from tokenworks.cost.cache_memory import cache_bytes

BLOCKS = {"model_type": "nemotron-nas", "num_hidden_layers": 3, "num_attention_heads": 64,
          "hidden_size": 8192, "max_position_embeddings": 64}  # fmt: skip


def grown(config, tokens):
    return cache_bytes(read_cache(config), tokens, bytes_per_value=1)


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


def test_dory_runs_its_middle_layers_again_each_time_with_a_cache():
    kinds = ["full_attention", "mlp", "sliding_attention", "mlp"] * 4
    dory = {"model_type": "dory", "num_hidden_layers": 16, "num_attention_heads": 8,
            "num_key_value_heads": 2, "head_dim": 8, "sliding_window": 16, "layer_types": kinds,
            "n_input_layers": 4, "n_output_layers": 4, "n_recurrent_layers": 8,
            "n_recurrent_loops": 3, "max_position_embeddings": 64}  # fmt: skip
    # Two layers before, two after, four between: half of each see everything
    whole = windowed = 1 + 3 * 2 + 1
    assert grown(dory, 50) == (whole * 50 + windowed * 16) * 2 * 2 * 8
    assert grown(dory | {"recurrent_kv_cache_mode": "last_loop"}, 50) == 4 * (50 + 16) * 2 * 2 * 8
    with pytest.raises(ValueError, match="make no whole"):
        read_cache(dory | {"n_recurrent_layers": 6})


def test_mimo_has_twice_the_heads_in_a_window_where_no_key_says_it():
    mimo = {"model_type": "mimo_v2_flash", "num_hidden_layers": 2, "num_attention_heads": 64,
            "num_key_value_heads": 4, "head_dim": 192, "v_head_dim": 128, "sliding_window": 16,
            "layer_types": ["full_attention", "sliding_attention"],
            "max_position_embeddings": 64}  # fmt: skip
    assert grown(mimo, 50) == (4 * 50 + 8 * 16) * 320


SMALL = {"num_hidden_layers": 3, "num_attention_heads": 8, "hidden_size": 64,
         "max_position_embeddings": 64}  # fmt: skip


def test_a_further_pass_of_loopcoder_keeps_a_window():
    loops = SMALL | {"model_type": "iquestloopcoder", "num_key_value_heads": 2, "head_dim": 8}
    assert grown(loops | {"loop_num": 3, "loop_window_size": 16}, 50) == 3 * 32 * (50 + 2 * 16)
    assert grown(loops, 100) == 3 * 32 * (100 + 64)  # two passes, a window of 64


def test_plamo_shares_a_key_among_some_heads():
    assert grown(SMALL | {"model_type": "plamo", "n_shared_head": 4}, 10) == 3 * 2 * 2 * 8 * 10
    with pytest.raises(ValueError, match="n_shared_head 3 does not divide 8 heads"):
        read_cache(SMALL | {"model_type": "plamo", "n_shared_head": 3})


def test_a_block_may_have_a_window_and_nothing_that_is_not_described():
    said = {"n_heads_in_group": 8, "window_length": 5}
    blocks = BLOCKS | {"block_configs": [{"attention": said}] * 3}
    assert grown(blocks, 10) == 3 * 8 * 2 * 128 * 5
    said["num_sink_tokens"] = 4
    with pytest.raises(ValueError, match="num_sink_tokens is set"):
        read_cache(blocks)
