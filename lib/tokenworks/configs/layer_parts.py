"""Single parts of families that are declared in `families`: odd heads, odd states, who shares."""

from __future__ import annotations

from dataclasses import replace

from tokenworks.configs.attention_parts import attends
from tokenworks.configs.reading import Keys
from tokenworks.configs.special_layers import heads_of
from tokenworks.configs.states import States, kimi_delta, lightning
from tokenworks.layer_cache import CachePart

LING = kimi_delta("num_attention_heads", "head_dim", "short_conv_kernel_size")


def ling_state(keys: Keys) -> States:
    """Ling's linear layers: delta attention since the configs name its convolution."""
    return LING(keys) if keys.raw("short_conv_kernel_size") else lightning(keys)


def griffin_attention(keys: Keys) -> tuple[CachePart, ...]:
    """Griffin looks back so far in each layer that attends."""
    window = keys.required("attention_window_size")
    return (replace(attends(keys), window_tokens=window),)


def zamba2_attention(keys: Keys) -> tuple[CachePart, ...]:
    """Zamba2's shared attention: twice the width, so `kv_channels` is half a head."""
    heads = keys.required("num_attention_heads")
    size = keys.integer("attention_head_dim") or 2 * keys.required("hidden_size") // heads
    keys.understood("kv_channels", "num_query_groups", "attention_hidden_size")
    return (heads_of(keys.integer("num_key_value_heads") or heads, size),)


def all_but_the_last(keys: Keys, n_layers: int) -> list[bool]:
    """Gemma 3n and 4: the last `num_kv_shared_layers` read the caches of layers before them."""
    shared = keys.integer("num_kv_shared_layers", least=0)
    shared = keys.default("num_kv_shared_layers") or 0 if shared is None else shared
    return [i < n_layers - shared for i in range(n_layers)]


def first_of_each_group(keys: Keys, n_layers: int) -> list[bool]:
    """Hunyuan Large: each `cla_share_factor` layers share the cache of the first of them."""
    factor = keys.integer("cla_share_factor") or 1
    used = keys.flag("use_cla")
    return [not used or i % factor == 0 for i in range(n_layers)]
