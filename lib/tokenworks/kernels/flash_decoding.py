"""Exact attention of one new token over a long sequence, split over the keys, in plain JAX."""

from __future__ import annotations

from functools import partial, reduce
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from tokenworks.kernels.flash import tiled
from tokenworks.kernels.naive import Precision, blank, check
from tokenworks.kernels.online_softmax import State, finish, merge, product, start, update
from tokenworks.number import whole


def flash_decode(
    q: Float[Array, "B H D"],
    k: Float[Array, "B S K D"],
    v: Float[Array, "B S K D"],
    *,
    lengths: Int[Array, " B"],
    splits: int,
    precision: Precision,
) -> Float[Array, "B H D"]:
    """Attend from one query to the first `lengths` keys, in `splits` pieces that are then merged.

    The pieces need not wait for each other, so a long sequence keeps a whole chip busy at batch 1.
    Source: https://crfm.stanford.edu/2023/10/12/flashdecoding.html.
    """
    check(q[:, None], k, lengths=lengths)
    return _decode((whole(splits, "splits"), precision), lengths, (q, k, v))


@partial(jax.jit, static_argnums=(0,))
def _decode(how: tuple[int, Precision], lengths: Int[Array, " B"], qkv: Any) -> Array:
    (splits, precision), (q, k, v) = how, qkv
    batch, cached, kv_heads, d_head = k.shape
    piece, lengths = -(-cached // splits), jnp.minimum(lengths, cached)
    keys, values = (tiled(blank(x, lengths), piece, kv_heads) for x in (k, v))
    rows = q.reshape(batch, kv_heads, -1, d_head)
    rows = jnp.broadcast_to(rows, (len(keys), *rows.shape))
    scores = product(rows, keys.swapaxes(3, 4), precision) * d_head**-0.5
    positions = jnp.arange(len(keys) * piece).reshape(-1, 1, 1, 1, piece)
    scores = jnp.where(positions < lengths[:, None, None, None], scores, -jnp.inf)
    nothing = start(rows.shape[:-1], d_head)
    states = update(nothing, scores, values, precision=precision)
    merged = reduce(merge, (State(*(x[i] for x in states)) for i in range(len(keys))))
    return finish(merged).reshape(q.shape).astype(q.dtype)
