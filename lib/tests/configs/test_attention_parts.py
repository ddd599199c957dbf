"""One layer's part: plain heads, or a latent."""

import pytest

from tokenworks.configs.attention_parts import attends, is_latent, latent, layer_count
from tokenworks.configs.reading import Keys

PLAIN = {"num_key_value_heads": 2, "head_dim": 8}
LATENT = {"kv_lora_rank": 512, "qk_rope_head_dim": 64, "qk_nope_head_dim": 128, "v_head_dim": 128}


def test_query_heads_are_needed_only_where_something_is_derived_from_them():
    part = attends(Keys(PLAIN))
    assert (part.heads, part.d_key, part.d_value) == (2, 8, 8)
    with pytest.raises(ValueError, match="no num_attention_heads"):
        attends(Keys({"hidden_size": 64, "num_key_value_heads": 2}))


def test_santacoder_has_one_head_under_the_name_of_gpt2():
    config = {"model_type": "gpt2", "n_head": 16, "n_embd": 2048}
    assert attends(Keys(config)).heads == 16
    assert attends(Keys(config | {"attention_head_type": "multiquery"})).heads == 1


def test_a_latent_says_what_an_engine_without_absorption_keeps():
    keys = Keys(LATENT | {"num_attention_heads": 128})
    assert latent(keys).values == 576
    assert "keeps 71 times that" in keys.notes[0]  # 128 x (128 + 64 + 128) / 576


def test_a_latent_that_is_switched_off_is_none():
    assert is_latent(Keys(LATENT))
    assert not is_latent(Keys(LATENT | {"use_mla": False}))
    assert not is_latent(Keys({"kv_lora_rank": None}))
    zeros = PLAIN | {"use_mla": False, "v_head_dim": 0, "qk_rope_head_dim": 0}
    assert attends(Keys(zeros)).d_value == 8


def test_layers_may_be_counted_by_their_names():
    assert layer_count(Keys({"layers_block_type": ["mamba", "moe", "attention"]})) == 3
