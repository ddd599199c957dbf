"""Single parts of families that are declared in `families`: odd heads, odd states, who shares."""

from __future__ import annotations

from dataclasses import replace

from tokenworks.configs.attention_parts import attends
from tokenworks.configs.reading import HEADS, WIDTH, Keys
from tokenworks.configs.special_layers import heads_of
from tokenworks.configs.states import (
    States,
    convolution,
    delta_rule,
    kimi_delta,
    lightning,
    recurrent,
)
from tokenworks.layer_cache import CachePart
from tokenworks.number import finite, shown


def ling_state(keys: Keys) -> States:
    """Ling's linear layers: delta attention since the configs name its convolution.

    Configs that transformers has written hold the size of a linear head apart, beside a `head_dim`
    that is the rotary part's (BailingHybridConfig).
    """
    if not keys.raw("short_conv_kernel_size"):
        return lightning(keys)
    size = "linear_head_dim" if keys.raw("linear_head_dim") is not None else "head_dim"
    return kimi_delta("num_attention_heads", size, "short_conv_kernel_size")(keys)


def kimi_state(keys: Keys) -> States:
    """Kimi's linear layers, by its own config or by one that transformers has written."""
    if keys.raw("linear_attn_config") is None:
        names = ("linear_num_heads", "linear_head_dim", "linear_conv_kernel_dim")
    else:
        own = ("num_heads", "head_dim", "short_conv_kernel_size")
        names = tuple(f"linear_attn_config.{name}" for name in own)
    return kimi_delta(*names)(keys)


def plamo_attention(keys: Keys) -> tuple[CachePart, ...]:
    """PLaMo 2's heads, of `hidden_size_per_head`; the window is `attention_window_size`."""
    heads = keys.integer("num_key_value_heads") or keys.required(*HEADS)
    keys.understood("head_dim")
    return (heads_of(heads, keys.required("hidden_size_per_head")),)


def plamo_state(keys: Keys) -> States:
    """PLaMo 2's Mamba layers: a matrix a head, and a convolution over the input alone.

    Source: https://github.com/vllm-project/vllm (vllm/model_executor/models/plamo2.py).
    """
    inner = keys.required("mamba_num_heads") * keys.required("hidden_size_per_head")
    kept = recurrent(keys, "Mamba-2 state", inner * keys.required("mamba_d_state"))
    return kept, convolution(inner, keys.required("mamba_d_conv"))


def jet_state(keys: Keys) -> States:
    """Jet-Nemotron's JetBlock: a matrix a head, a convolution over keys, queries and values.

    Source: https://github.com/sgl-project/sglang (srt/configs/jet_nemotron.py).
    """
    jet = keys.inner("efficient_attention_config").inner("jet")
    heads, k = jet.required("num_heads"), jet.required("head_dim")
    expand = jet.raw("expand_v")
    factor = finite(expand)
    v = 0 if factor is None else round(k * factor)
    if v < 1 or v != k * (factor or 0):
        raise ValueError(f"expand_v must multiply {k} to a whole number, got {shown(expand)}")
    kernel = jet.required("conv_size")
    return delta_rule(keys, k_heads=heads, v_heads=heads, k=k, v=v, kernel=kernel)


def jet_window(keys: Keys) -> tuple[CachePart, ...]:
    """Jet-Nemotron's windowed layers."""
    swa = keys.inner("efficient_attention_config").inner("swa")
    return (replace(attends(keys), window_tokens=swa.required("window_size")),)


def inkling_attention(keys: Keys, *, local: bool) -> CachePart:
    """Inkling's heads: windowed layers have their own number."""
    if not local:
        return attends(keys)
    near = heads_of(keys.required("swa_num_key_value_heads"), keys.required("swa_head_dim"))
    return replace(near, window_tokens=keys.required("sliding_window_size", "sliding_window"))


def inkling_convolutions(keys: Keys, *, local: bool) -> States:
    """Inkling's four convolutions a layer: over keys, values and twice the width."""
    one = inkling_attention(keys, local=local)
    channels = one.heads * (one.d_key + one.d_value) + 2 * keys.required(*WIDTH)
    return (convolution(channels, keys.required("conv_kernel_size")),)


def olmo_delta(keys: Keys) -> States:
    """OLMo Hybrid's linear layers: gated delta rule, keys of 3/4 the width over the heads."""
    heads = keys.required(*HEADS)
    k_heads = keys.integer("linear_num_key_heads") or heads
    v_heads = keys.integer("linear_num_value_heads") or heads
    k = keys.integer("linear_key_head_dim") or 3 * keys.required(*WIDTH) // (4 * k_heads)
    v = keys.integer("linear_value_head_dim") or 2 * k
    kernel = keys.integer("linear_conv_kernel_dim") or 4
    return delta_rule(keys, k_heads=k_heads, v_heads=v_heads, k=k, v=v, kernel=kernel)


def griffin_attention(keys: Keys) -> tuple[CachePart, ...]:
    """Griffin looks back so far in each layer that attends."""
    window = keys.required("attention_window_size")
    return (replace(attends(keys), window_tokens=window),)


def zamba_attention(keys: Keys) -> tuple[CachePart, ...]:
    """Zamba's shared attention: over twice the width."""
    heads = keys.required("num_attention_heads")
    size = keys.integer("attention_head_dim") or 2 * keys.required(*WIDTH) // heads
    keys.understood("attention_hidden_size")
    return (heads_of(keys.integer("num_key_value_heads") or heads, size),)


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


def hrm_passes(keys: Keys) -> int:
    """HRM: the two stacks' passes, each with a cache of its own.

    Configs that transformers has written count all passes as `num_hidden_layers` already and hold
    the layers of a stack apart (HrmTextConfig).
    """
    high, low = keys.integer("H_cycles") or 1, keys.integer("L_cycles") or 1
    keys.understood("H_cycles", "L_cycles")
    return 1 if keys.integer("num_layers_per_stack") else high * (low + 1)
