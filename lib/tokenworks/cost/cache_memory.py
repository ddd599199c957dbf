"""Bytes of every kind of cache: per-layer heads, windows, latents, index keys, fixed states."""

from __future__ import annotations

from dataclasses import replace

from tokenworks.cost.domain import Count, Natural, Positive, physical
from tokenworks.layer_cache import CachePart, CacheSpec


@physical
def cache_bytes(cache: CacheSpec, tokens: Natural, *, bytes_per_value: Positive) -> float:
    """Return the bytes that grow with a sequence of this length, without what is fixed.

    Source: derived: the entries of each layer times the values of one, added; see `kv_bytes`.
    """
    own = [part for part in cache.parts if not part.of_input]
    return float(sum(_values(part, tokens) for part in own) * bytes_per_value)


@physical
def input_cache_bytes(cache: CacheSpec, tokens: Natural, *, bytes_per_value: Positive) -> float:
    """Return the bytes of the keys and values of so many positions of the encoder or the image.

    Source: derived: written once when the input is read (https://arxiv.org/abs/1706.03762).
    """
    other = [part for part in cache.parts if part.of_input]
    return float(sum(_values(part, tokens) for part in other) * bytes_per_value)


def state_bytes(cache: CacheSpec) -> int:
    """Return the bytes of the states of one sequence, the same at any length.

    Source: derived: the values of each layer's state times the bytes of one, added.
    """
    return sum(part.layers * part.values * part.bytes_per_value for part in cache.states)


@physical
def whole_cache_bytes(cache: CacheSpec, tokens: Natural, *, bytes_per_value: Positive) -> float:
    """Return the growing bytes where an engine keeps the whole sequence in windowed layers too.

    Source: https://docs.vllm.ai/en/latest/design/hybrid_kv_cache_manager/ (what happens without).
    """
    whole = tuple(replace(part, window_tokens=None) for part in cache.parts)
    return cache_bytes(replace(cache, parts=whole), tokens, bytes_per_value=bytes_per_value)


@physical
def cache_bytes_per_chip(
    cache: CacheSpec, tokens: Natural, *, bytes_per_value: Positive, tp: Count
) -> float:
    """Return what each of `tp` tensor-parallel chips holds of the growing bytes.

    KV heads are sharded, at least one a chip; latents and index keys are held by every chip.
    Heads that cannot be sharded evenly raise ValueError. Source: derived, as `kv_bytes_per_chip`.
    """
    own = [part for part in cache.parts if not part.of_input]
    held = sum(_values(part, tokens) * _share(cache, part, tp) for part in own)
    return float(held * bytes_per_value)


def _values(part: CachePart, tokens: int) -> int:
    return part.layers * part.entries(tokens) * part.values


def _share(cache: CacheSpec, part: CachePart, tp: int) -> float:
    """Return the share of one part that each chip holds."""
    heads = part.heads if part.sharded else (cache.n_heads or 1)
    even = heads % tp == 0 if tp <= heads else tp % heads == 0
    if (part.sharded and not even) or (cache.n_heads or tp) % tp:
        queries = f"{cache.n_heads} query heads and " if cache.n_heads else ""
        good = [n for n in range(1, 2 * tp + 1) if _fits(cache, n)]
        raise ValueError(
            f"{queries}{part.heads} KV heads of {cache.name} cannot be sharded over {tp} chips; "
            f"take {', '.join(map(str, good))}"
        )
    return max(1, part.heads // tp) / part.heads if part.sharded else 1.0


def _fits(cache: CacheSpec, tp: int) -> bool:
    heads = [part.heads for part in cache.parts if part.sharded]
    even = all(n % tp == 0 if tp <= n else tp % n == 0 for n in heads)
    return even and (cache.n_heads or tp) % tp == 0
