"""Odd heads, odd states, and which layers keep a cache of their own."""

from tokenworks.configs.layer_parts import (
    all_but_the_last,
    first_of_each_group,
    griffin_attention,
    ling_state,
    zamba2_attention,
)
from tokenworks.configs.reading import Keys

HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}


def test_ling_changed_its_linear_layers():
    assert [part.what for part in ling_state(Keys(HEADS))] == ["linear-attention state"]
    later = ling_state(Keys(HEADS | {"short_conv_kernel_size": 4}))
    assert [part.what for part in later] == ["delta-rule state", "convolution"]


def test_a_head_of_zamba2_is_twice_its_channels():
    config = {"num_attention_heads": 32, "hidden_size": 2560, "kv_channels": 80}
    (part,) = zamba2_attention(Keys(config))
    assert (part.heads, part.d_key) == (32, 160)
    (part,) = zamba2_attention(Keys(config | {"attention_head_dim": 96}))
    assert part.d_key == 96


def test_griffin_looks_back_so_far():
    (part,) = griffin_attention(Keys(HEADS | {"attention_window_size": 64}))
    assert part.window_tokens == 64


def test_who_keeps_a_cache_of_its_own():
    assert all_but_the_last(Keys({"num_kv_shared_layers": 2}), 4) == [True, True, False, False]
    assert all_but_the_last(Keys({}), 2) == [True, True]
    shared = Keys({"use_cla": True, "cla_share_factor": 2})
    assert first_of_each_group(shared, 5) == [True, False, True, False, True]
    assert first_of_each_group(Keys({"cla_share_factor": 2}), 3) == [True] * 3
