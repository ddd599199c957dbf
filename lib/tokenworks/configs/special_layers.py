"""Families whose layers differ in more than a window: in their heads, or in who keeps a cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tokenworks.configs.attention_parts import MOST, attends, head_size, layer_count
from tokenworks.configs.family import Layer, Layers
from tokenworks.configs.layer_kinds import listed, marks, places
from tokenworks.configs.layer_windows import by_layer_types, periodic
from tokenworks.configs.reading import HEADS, WIDTH, Keys
from tokenworks.layer_cache import CachePart
from tokenworks.number import whole


def heads_of(n_heads: int, size: int, value: int | None = None) -> CachePart:
    """Return what a layer with these KV heads keeps."""
    return CachePart(what="attention", heads=n_heads, d_key=size, d_value=value or size)


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
    """MiMo-V2: windowed layers with other heads, values narrower than keys.

    The class of transformers knows no key for the windowed layers' heads: twice as many.
    """
    far = heads_of(
        keys.required("num_key_value_heads"),
        keys.required("head_dim"),
        keys.integer("v_head_dim"),
    )
    near = heads_of(
        keys.integer("swa_num_key_value_heads") or 2 * far.heads,
        keys.integer("swa_head_dim") or far.d_key,
        keys.integer("swa_v_head_dim") or far.d_value,
    )
    near = replace(near, window_tokens=keys.required("sliding_window", "sliding_window_size"))
    keys.understood("sliding_window_size")
    n_layers = layer_count(keys)
    if keys.raw("hybrid_layer_pattern") is None and keys.raw("layer_types") is not None:
        kinds = listed(keys, "layer_types", n_layers)
        return [(near if kind == "sliding_attention" else far,) for kind in kinds]
    return [(near if mark else far,) for mark in marks(keys, "hybrid_layer_pattern", n_layers)]


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
            kept = heads_of(whole(said["num_key_value_heads"], "block_configs"), size)
            layers.append((_near(kept, said),))
        else:
            group = whole(said.get("n_heads_in_group"), "block_configs: n_heads_in_group")
            layers.append((_near(heads_of(n_heads // group, size), said),))
    return layers


def _near(kept: CachePart, said: Mapping[str, Any]) -> CachePart:
    """Return what a block keeps, with its window where it says one."""
    odd = [name for name in ("num_sink_tokens", "sparsify", "unshifted_sink") if said.get(name)]
    if odd:
        raise ValueError(f"block_configs: {odd[0]} is set, which is not described here")
    window = said.get("window_length")
    if window is None:
        return kept
    return replace(kept, window_tokens=whole(window, "block_configs: window_length"))


def loop_in_the_middle(keys: Keys) -> list[Layer]:
    """Dory: layers between the first and the last run several times, each time with a cache.

    Released configs count attention and feed-forward as two layers.
    """
    n_layers, kinds = layer_count(keys), keys.texts("layer_types")
    halves = 2 if "mlp" in kinds else 1
    attending = kinds[::halves]
    n_layers //= halves
    if set(attending) - {"full_attention", "sliding_attention"} or len(attending) != n_layers:
        raise ValueError(f"layer_types must name {n_layers} layers that attend")
    first, last = (keys.required(name) // halves for name in ("n_input_layers", "n_output_layers"))
    middle, loops = n_layers - first - last, keys.required("n_recurrent_loops")
    if keys.integer("n_recurrent_layers") not in (None, middle * halves):
        raise ValueError("n_input_layers, n_recurrent_layers and n_output_layers make no whole")
    if keys.raw("recurrent_kv_cache_mode") == "last_loop":
        loops = 1
    one = attends(keys)
    near = replace(one, window_tokens=keys.required("sliding_window"))
    layers = [(near if kind == "sliding_attention" else one,) for kind in attending]
    looped = layers[first : n_layers - last] * loops
    return [*layers[:first], *looped, *layers[n_layers - last :]]


def loop_coder(keys: Keys) -> list[Layer]:
    """IQuest LoopCoder: each further pass keeps a window of its own and reads the first's cache.

    Source: https://github.com/sgl-project/sglang (srt/models/iquest_loopcoder.py).
    """
    one, n_layers = attends(keys), layer_count(keys)
    window = keys.integer("loop_window_size") or 64
    further = (keys.integer("loop_num") or 2) - 1
    first: Layer = (one,)
    near: Layer = (replace(one, window_tokens=window),)
    layers: list[Layer] = [first] * n_layers
    return [*layers, *[near] * (further * n_layers)]


def shared_heads(keys: Keys) -> list[Layer]:
    """PLaMo: `n_shared_head` query heads share a key and a value."""
    heads, group = keys.required(*HEADS), keys.integer("n_shared_head") or 8
    if heads % group:
        raise ValueError(f"n_shared_head {group} does not divide {heads} heads")
    keys.understood("num_key_value_heads")
    return [(heads_of(heads // group, head_size(keys)),)] * layer_count(keys)


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
