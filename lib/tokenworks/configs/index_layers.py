"""Families whose layers choose what they attend to: index keys, and entries that are compressed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tokenworks.configs.attention_parts import attends, latent, layer_count
from tokenworks.configs.family import Layer
from tokenworks.configs.layer_kinds import listed, marks
from tokenworks.configs.reading import Keys
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


def indexed_latents(keys: Keys) -> list[Layer]:
    """DeepSeek V3.2 and GLM-5: a latent in each layer, an index key in each that chooses itself."""
    n_layers, kept = layer_count(keys), latent(keys)
    odd = set(keys.texts("layer_types")) - {SPARSE, "indexed_attention"}
    if odd:
        raise ValueError(f"layer_types has {shown(min(odd))}, which is not described here")
    index = _index_key(keys, keys.required("index_head_dim"))
    return [(kept, index) if own else (kept,) for own in _choosing(keys, n_layers)]


def shared_latents(keys: Keys) -> list[Layer]:
    """Mistral Large 4: as DeepSeek V3.2, with layers that read an earlier layer's latent."""
    layers = indexed_latents(keys)
    sources = keys.raw("kv_source_layers")
    if sources is None:
        return layers
    if not isinstance(sources, list) or len(sources) != len(layers):
        raise ValueError(f"kv_source_layers must name {len(layers)} layers, got {shown(sources)}")
    return [
        layer if source == i else layer[1:]
        for i, (layer, source) in enumerate(zip(layers, sources, strict=True))
    ]


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
    if keys.raw("index_head_dim") is not None and keys.raw("layer_types") is not None:
        kinds = listed(keys, "layer_types", n_layers)  # as transformers writes it
        own = (kept, _index_key(keys, keys.required("index_head_dim")))
        return [own if kind == "minimax_m3_sparse" else (kept,) for kind in kinds]
    inner = keys.inner("sparse_attention_config")
    if not inner.config or not inner.flag("use_sparse_attention", default=True):
        return [(kept,)] * n_layers
    index = _index_key(keys, inner.required("sparse_index_dim"))
    sparse = marks(inner, "sparse_attention_freq", n_layers)
    bare = inner.raw("sparse_disable_index_value")
    if bare is not None and any(
        mark and not other
        for mark, other in zip(
            sparse, marks(inner, "sparse_disable_index_value", n_layers), strict=True
        )
    ):
        raise ValueError("sparse_disable_index_value: index values are not described here")
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
