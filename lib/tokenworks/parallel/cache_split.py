"""A cache divided within its heads: who holds what, how it is written and attended to.

Each way is an `attend` for `block_around`, with the cache of one layer that this device holds.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, PartitionSpec
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int

from tokenworks.architecture import ModelSpec
from tokenworks.kernels.naive import Precision, attention
from tokenworks.model.cache import StackedCache
from tokenworks.model.layers import KeysValues, write
from tokenworks.number import whole
from tokenworks.parallel.attention_parts import joined, summed_scores
from tokenworks.parallel.placement import place

CACHE_CUTS = {  # of [B, S, K, D]
    "sequence": PartitionSpec("data", "context", "tensor"),
    "head_dim": PartitionSpec("data", None, "tensor", "context"),
    "copies": PartitionSpec("data", None, "tensor"),
}


def empty_cache(
    spec: ModelSpec,
    mesh: Mesh,
    batch: int,
    *,
    tokens: int,
    kv_cut: str,
    stacked: bool = False,
    dtype: DTypeLike = jnp.float32,
) -> list[KeysValues] | StackedCache:
    """Return a cache with room for so many tokens of each sequence, each device's part on it.

    `stacked` is for stacked layers. Sequences that the axis "data" does not divide: ValueError.
    """
    devices = mesh.shape["context"] if kv_cut == "sequence" else 1
    room = -(-whole(tokens, "tokens") // devices) * devices
    groups = mesh.shape["data"]
    if whole(batch, "batch") % groups:
        raise ValueError(f"{groups} groups (data) cannot share {batch} sequences evenly")
    shape = (batch, room, spec.n_kv_heads, spec.d_head)
    if stacked:
        nothing = jnp.zeros((spec.n_layers, *shape), dtype)
        keys, values = (
            place(nothing, mesh, PartitionSpec(None, *CACHE_CUTS[kv_cut])) for _ in "kv"
        )
        return keys, values
    zeros = partial(place, jnp.zeros(shape, dtype), mesh, CACHE_CUTS[kv_cut])
    return [(zeros(), zeros()) for _ in range(spec.n_layers)]


def by_sequence(
    q: Any,
    k: Any,
    v: Any,
    *,
    cache: KeysValues,
    positions: Int[Array, "B T"],
    group: int,
    precision: Precision,
) -> tuple[Any, KeysValues]:
    """Attend where every device holds each n-th position of its heads."""
    keys, values = (deal(kv, new, positions[0]) for kv, new in zip(cache, (k, v), strict=True))
    return joined(q, keys, values, positions=positions, precision=precision), (keys, values)


def deal(
    buffer: Float[Array, "B S K D"], new: Float[Array, "B T K D"], positions: Int[Array, " T"]
) -> Float[Array, "B S K D"]:
    """Write the new keys or values whose positions are this device's: p is on device p mod n."""
    devices = jax.lax.axis_size("context")
    here = positions % devices == jax.lax.axis_index("context")
    slots = jnp.where(here, positions // devices, buffer.shape[1])
    return buffer.at[:, slots].set(new, mode="drop")  # a slot past the end is someone else's


def by_head_dim(
    q: Any,
    k: Any,
    v: Any,
    *,
    cache: KeysValues,
    positions: Int[Array, "B T"],
    group: int,
    precision: Precision,
) -> tuple[Any, KeysValues]:
    """Attend where every device holds some dimensions of each head, at all positions."""
    keys, values = _written(cache, (k, v), positions)
    return summed_scores(q, keys, values, positions=positions, precision=precision), (keys, values)


def by_copies(
    q: Any,
    k: Any,
    v: Any,
    *,
    cache: KeysValues,
    positions: Int[Array, "B T"],
    group: int,
    precision: Precision,
) -> tuple[Any, KeysValues]:
    """Attend where every device holds all of the heads; `group` query heads share one."""
    kept, heads = _written(cache, (k, v), positions), q.shape[2]
    mine = jax.lax.axis_index("context") * heads + jnp.arange(heads)
    keys, values = (buffer[:, :, mine // group] for buffer in kept)  # one a query head
    return attention(q, keys, values, positions=positions, precision=precision), kept


def _written(cache: KeysValues, new: Any, positions: Any) -> KeysValues:
    keys, values = (write(kv, n, positions[0, 0]) for kv, n in zip(cache, new, strict=True))
    return keys, values


ATTENDS = {"sequence": by_sequence, "head_dim": by_head_dim, "copies": by_copies}
