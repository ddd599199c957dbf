"""One decode step of many sequences as a large model runs it: one program over stacked layers.

Each sequence has its own length. The step reads the cache as it came and writes the new keys and
values of all layers once, after the last: donated, the cache is then never copied. It keeps each
head's keys side by side, [B, K, S, D]: of [B, S, K, D] a TPU writes every layer out again before
it multiplies. Both are the compiler's word (`parallel.compiled_step`). `cache.advance` is the
oracle, one length for all.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias, runtime_checkable

import jax
from jaxtyping import Array, Float, Int

from tokenworks.architecture import ModelSpec
from tokenworks.kernels.apart import attend_apart
from tokenworks.kernels.naive import Precision
from tokenworks.model.forward_pass import Driver, Step, lm_head, scan
from tokenworks.model.layers import block_around, rms_norm
from tokenworks.model.weights import Weights


@runtime_checkable
class StoredHeads(Protocol):
    """Keys or values in a format of their own: codes [B, K, S, D], and a scale [B, K, S] each."""

    codes: Any
    scales: Any

    def rounded(self, heads: Any) -> Any:
        """Return new heads [B, K, 1, D] in the same format."""
        ...


Heads: TypeAlias = Float[Array, "*L B K S D"] | StoredHeads
StoredCache: TypeAlias = tuple[Heads, Heads] | list[tuple[Heads, Heads]]  # stacked, or in parts


def decode_step(
    weights: Weights,
    spec: ModelSpec,
    ids: Int[Array, " B"],
    *,
    cache: StoredCache,
    lengths: Int[Array, " B"],
    driver: Driver = scan,
    precision: Precision = "highest",
) -> tuple[Float[Array, "B V"], StoredCache]:
    """Run one new token of each sequence; return the logits after it, and the cache with it.

    `lengths` says how many tokens of each are in the cache. With the driver `loop` weights and
    cache are lists with one entry a layer, with `scan` stacked along L.
    """
    positions = lengths[:, None]

    def step(x: Any, inputs: Any) -> tuple[Any, tuple[Any, Any]]:
        layer, kept = inputs

        def attend(q: Any, k: Any, v: Any) -> tuple[Any, tuple[Any, Any]]:
            out = attend_apart(
                q[:, 0],
                (codes(kept[0]), codes(kept[1])),
                (k[:, 0], v[:, 0]),
                lengths=lengths,
                scales=(scales(kept[0]), scales(kept[1])),
                precision=precision,
            )
            return out[:, None], tuple(map(_as_stored, kept, (k, v)))

        return block_around(attend, x, layer, spec=spec, positions=positions, precision=precision)

    x, new = driver(step, weights["embed"][ids][:, None], weights["layers"], cache)
    x = rms_norm(x, weights["final_norm"], spec.norm_eps)
    return lm_head(weights, x, precision=precision)[:, 0], _written(cache, new, lengths)


def scan_parts(step: Step, x: Float[Array, "B T M"], *parts: Any) -> tuple[Any, Any]:
    """Run the layers as several scans, one after another, over lists of stacked trees.

    A compiler counts each loop's body once: from a program with one loop and one with two follows
    what a body costs.
    """
    outs = []
    for stacked in zip(*parts, strict=True):
        x, out = scan(step, x, *stacked)
        outs.append(out)
    return x, outs


def codes(heads: Heads) -> Any:
    """Return the numbers that keys or values are stored as."""
    return heads.codes if isinstance(heads, StoredHeads) else heads


def scales(heads: Heads) -> Any:
    """Return what each head's codes are multiplied by, None where they are the numbers."""
    return heads.scales if isinstance(heads, StoredHeads) else None


def _as_stored(like: Any, new: Any) -> Any:
    new = new.swapaxes(1, 2)  # [B, K, 1, D]
    return like.rounded(new) if isinstance(like, StoredHeads) else new.astype(like.dtype)


def _written(cache: StoredCache, new: Any, lengths: Int[Array, " B"]) -> Any:
    """Put each sequence's new keys and values where its text ends, in all layers at once."""
    if isinstance(cache, list):
        return [_written(part, fresh, lengths) for part, fresh in zip(cache, new, strict=True)]
    batch = codes(cache[0]).ndim - 4  # the axis: 1 in a stack of layers

    def put(buffer: Any, fresh: Any, length: Any) -> Any:
        return jax.lax.dynamic_update_slice_in_dim(buffer, fresh, length, axis=batch + 1)

    each = jax.vmap(put, in_axes=(batch, batch, 0), out_axes=batch)
    return jax.tree.map(lambda buffer, fresh: each(buffer, fresh, lengths), cache, new)
