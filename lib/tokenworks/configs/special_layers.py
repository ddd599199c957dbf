"""Families whose layers differ in more than a window: heads, index keys, compressed entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tokenworks.configs.attention_parts import MOST, attends, head_size, latent, layer_count
from tokenworks.configs.family import Layer, Layers
from tokenworks.configs.layer_kinds import listed, marks, places
from tokenworks.configs.layer_windows import by_layer_types, periodic
from tokenworks.configs.reading import HEADS, WIDTH, Keys
from tokenworks.layer_cache import CachePart
from tokenworks.number import integer, shown, whole

INDEX = (
    "an index key is counted in the cache's own type; vLLM and SGLang keep it in fp8 with a "
    "float32 scale, 132 bytes for 128 values"
)
SPARSE = "deepseek_sparse_attention"
COMPRESSED = "heavily_compressed_attention"
RATES = {"compressed_sparse_attention": 4, COMPRESSED: 128}  # of DeepSeek V4's class
RATIOS = {0: "sliding_attention", 4: "compressed_sparse_attention", 128: COMPRESSED}


def heads_of(n_heads: int, size: int, value: int | None = None) -> CachePart:
    """Return what a layer with these KV heads keeps."""
    return CachePart(what="attention", heads=n_heads, d_key=size, d_value=value or size)


def indexed_latents(keys: Keys) -> list[Layer]:
    """DeepSeek V3.2 and GLM-5: a latent in each layer, an index key in each that chooses itself."""
    n_layers, kept = layer_count(keys), latent(keys)
    if set(keys.texts("layer_types") or [SPARSE]) != {SPARSE}:
        raise ValueError(f"layer_types has other layers than {SPARSE}, which are not described")
    index = _index_key(keys, keys.required("index_head_dim"))
    return [(kept, index) if own else (kept,) for own in _choosing(keys, n_layers)]


def _index_key(keys: Keys, size: int) -> CachePart:
    keys.note(INDEX)
    return CachePart(what="index key", d_key=size)


def _choosing(keys: Keys, n_layers: int) -> list[bool]:
    """Return which layers run an indexer; the others take the choice of the last that did."""
    if keys.raw("indexer_types") is not None:
        return [kind == "full" for kind in listed(keys, "indexer_types", n_layers)]
    pattern = keys.raw("index_topk_pattern")
    if pattern is not None:
        if len(pattern) < n_layers or set(pattern) - {"F", "S", "full", "shared"}:
            raise ValueError(
                f"index_topk_pattern must name {n_layers} layers, got {shown(pattern)}"
            )
        return [kind in ("F", "full") for kind in pattern[:n_layers]]
    every = keys.integer("index_topk_freq") or 1
    offset = keys.integer("index_skip_topk_offset", least=0)
    offset = 2 if offset is None else offset
    return [max(i - offset + 1, 0) % every == 0 for i in range(n_layers)]


def sparse_blocks(keys: Keys) -> list[Layer]:
    """MiniMax-M3: plain heads, and an index key in each layer that attends to chosen blocks."""
    n_layers, kept = layer_count(keys), attends(keys)
    inner = keys.inner("sparse_attention_config")
    if not inner.config or not inner.flag("use_sparse_attention", default=True):
        return [(kept,)] * n_layers
    index = _index_key(keys, inner.required("sparse_index_dim"))
    sparse = marks(inner, "sparse_attention_freq", n_layers)
    return [(kept, index) if mark else (kept,) for mark in sparse]


def compressed(keys: Keys) -> list[Layer]:
    """DeepSeek V4: a window of one shared vector, and entries that stand for 4 or 128 tokens."""
    n_layers, size = layer_count(keys), keys.required("head_dim")
    window = CachePart(what="attention", d_key=size, window_tokens=keys.required("sliding_window"))
    index = CachePart(what="index key", d_key=keys.required("index_head_dim"), stride=4)
    keys.note("one vector is key and value; what waits to be compressed is not counted")
    keys.note(INDEX)
    layers: list[Layer] = []
    rates = keys.inner("compress_rates").config
    for kind in _compressed_kinds(keys, n_layers):
        if kind == "sliding_attention":
            layers.append((window,))
            continue
        stride = whole(rates.get(kind, RATES[kind]), f"compress_rates {kind}")
        entries = CachePart(what="compressed", d_key=size, stride=stride)
        chosen = () if kind == COMPRESSED else (replace(index, stride=stride),)
        layers.append((window, entries, *chosen))
    return layers


def _compressed_kinds(keys: Keys, n_layers: int) -> list[str]:
    if keys.raw("layer_types") is not None:
        kinds = listed(keys, "layer_types", n_layers)
    else:
        ratios = keys.raw("compress_ratios")
        if not isinstance(ratios, list) or len(ratios) < n_layers:
            raise ValueError(f"compress_ratios must name {n_layers} layers, got {shown(ratios)}")
        kinds = [_ratio_kind(ratio) for ratio in ratios[:n_layers]]
    odd = next((kind for kind in kinds if kind not in RATIOS.values()), None)
    if odd is not None:
        raise ValueError(f"a layer that compresses by {odd} is not described here")
    return kinds


def _ratio_kind(ratio: Any) -> str:
    number = integer(ratio)
    return str(ratio) if number is None else RATIOS.get(number, str(ratio))


def gemma4(keys: Keys) -> list[Layer]:
    """Gemma 4: layers that see everything have fewer and larger heads than the windowed ones."""
    near = attends(keys)
    size = keys.integer("global_head_dim") or keys.default("global_head_dim") or near.d_key
    heads = near.heads
    if keys.flag("attention_k_eq_v"):
        heads = keys.integer("num_global_key_value_heads") or heads
        keys.note("attention_k_eq_v: key and value share weights, and both are kept")
    keys.understood("num_global_key_value_heads")
    far = heads_of(heads, size)
    windows = periodic(6)(keys, layer_count(keys))
    windows[-1] = None  # the class forces it
    return [(replace(near, window_tokens=w) if w else far,) for w in windows]


def mimo(keys: Keys) -> list[Layer]:
    """MiMo-V2: windowed layers with other heads, values narrower than keys."""
    far = heads_of(
        keys.required("num_key_value_heads"),
        keys.required("head_dim"),
        keys.integer("v_head_dim"),
    )
    near = heads_of(
        keys.integer("swa_num_key_value_heads") or far.heads,
        keys.integer("swa_head_dim") or far.d_key,
        keys.integer("swa_v_head_dim") or far.d_value,
    )
    near = replace(near, window_tokens=keys.required("sliding_window", "sliding_window_size"))
    keys.understood("sliding_window_size")
    pattern = marks(keys, "hybrid_layer_pattern", layer_count(keys))
    return [(near if mark else far,) for mark in pattern]


def step35(keys: Keys) -> list[Layer]:
    """Step-3.5: windowed layers with heads of their own, three guessing layers at the end."""
    far = attends(keys)
    other = keys.inner("attention_other_setting")
    near = heads_of(
        other.integer("num_attention_groups") or far.heads, other.integer("head_dim") or far.d_key
    )
    windows = by_layer_types(keys, layer_count(keys))
    return [(replace(near, window_tokens=w) if w else far,) for w in windows]


def baichuan_m1(keys: Keys) -> list[Layer]:
    """Baichuan-M1: windowed layers with other heads; its convolution's token is not counted."""
    width, n_layers = keys.required(*WIDTH), layer_count(keys)
    far = heads_of(keys.required("num_key_value_heads"), width // keys.required(*HEADS))
    near = heads_of(
        keys.required("num_swa_key_value_heads"), width // keys.required("num_swa_attention_heads")
    )
    near = replace(near, window_tokens=keys.required("sliding_window"))
    windowed = places(keys, "sliding_window_layers", n_layers)
    keys.note("conv_window: the last key and value before each convolution are not counted")
    return [(near if i in windowed else far,) for i in range(n_layers)]


def heads_by_list(name: str) -> Layers:
    """Return the layers of a model with a list of KV heads, one a layer (OpenELM)."""

    def layers(keys: Keys) -> list[Layer]:
        n_layers, found = layer_count(keys), keys.raw(name)
        if not isinstance(found, list):
            return [(attends(keys),)] * n_layers
        if len(found) != n_layers:
            raise ValueError(f"{name} lists {len(found)} layers, num_hidden_layers {n_layers}")
        size = head_size(keys)
        return [(heads_of(whole(heads, name), size),) for heads in found]

    return layers


def blocks(keys: Keys) -> list[Layer]:
    """NAS models (Llama-Nemotron): each block has its own group of heads, or no attention."""
    n_layers, found = layer_count(keys), keys.raw("block_configs")
    if not isinstance(found, list) or len(found) != n_layers:
        raise ValueError(f"block_configs must hold {n_layers} blocks")
    n_heads, size = keys.required(*HEADS), head_size(keys)
    layers: list[Layer] = []
    for block in found:
        said = block.get("attention") if isinstance(block, Mapping) else None
        if not isinstance(said, Mapping):
            raise ValueError("a block of block_configs has no attention")
        if said.get("no_op") or said.get("replace_with_linear"):
            layers.append(())
        elif said.get("num_key_value_heads"):
            layers.append((heads_of(whole(said["num_key_value_heads"], "block_configs"), size),))
        else:
            group = whole(said.get("n_heads_in_group"), "block_configs: n_heads_in_group")
            layers.append((heads_of(n_heads // group, size),))
    return layers


def local_and_global(keys: Keys) -> list[Layer]:
    """GPT-Neo: kinds as [[["global", "local"], 12]]."""
    n_layers, one = layer_count(keys), attends(keys)
    kinds = keys.texts("attention_layers") or _spelt_out(keys.raw("attention_types"))
    keys.understood("attention_types")  # the same, put shortly
    if len(kinds) != n_layers or set(kinds) - {"local", "global"}:
        raise ValueError(f"attention_types must name {n_layers} layers local or global")
    window = keys.integer("window_size") or 256
    return [(replace(one, window_tokens=window if kind == "local" else None),) for kind in kinds]


def _spelt_out(pairs: Any) -> list[str]:
    """Return [[["global", "local"], 2]] as four texts, what is put otherwise as none."""
    try:
        return [
            str(kind) for names, times in pairs for _ in range(min(times, MOST)) for kind in names
        ]
    except TypeError:
        return []
