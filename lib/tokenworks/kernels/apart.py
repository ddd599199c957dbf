"""Attention of one new token that is not in the cache yet: the cached keys and its own apart.

A step that writes the new key into the cache before it attends makes a compiler copy the cache
where it cannot prove that nobody reads the old one. Attending to both apart, the step reads the
cache as it came, and the new keys and values of all layers are written once, after the last.
"""

from __future__ import annotations

from functools import partial

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from tokenworks.kernels.naive import Precision
from tokenworks.kernels.online_softmax import State, finish, merge


def attend_apart(
    q: Float[Array, "B H D"],
    cached: tuple[Array, Array],
    new: tuple[Float[Array, "B K D"], Float[Array, "B K D"]],
    *,
    lengths: Int[Array, " B"],
    scales: tuple[Array | None, Array | None] = (None, None),
    precision: Precision,
) -> Float[Array, "B H D"]:
    """Attend from one token to the first `lengths` of the cached keys [B, K, S, D] and to its own.

    Cached keys and values may be of any type, with a scale [B, K, S] for each head or without:
    key scales multiply scores, value scales multiply probabilities, so nothing is written out wide.
    Whatever lies beyond a length must be a number.
    Source: https://arxiv.org/abs/2205.14135 (parts of a softmax, merged).
    """
    (batch, _, d_head), kv_heads = q.shape, new[0].shape[1]
    grouped = q.reshape(batch, kv_heads, -1, d_head)
    product = partial(jnp.einsum, precision=precision, preferred_element_type=jnp.float32)
    keys, values = (each.astype(q.dtype) for each in cached)
    scores = product("bkgd,bksd->bkgs", grouped, keys) * d_head**-0.5
    scores = _scaled(scores, scales[0])
    seen = jnp.arange(keys.shape[2]) < lengths[:, None]
    scores = jnp.where(seen[:, None, None], scores, -jnp.inf)
    m = scores.max(axis=-1)
    p = jnp.exp(scores - jnp.where(m == -jnp.inf, 0, m)[..., None])
    weights = _scaled(p, scales[1]).astype(q.dtype)
    o = product("bkgs,bksd->bkgd", weights, values)
    own = product("bkgd,bkd->bkg", grouped, new[0].astype(q.dtype)) * d_head**-0.5
    itself = jnp.broadcast_to(new[1].astype(jnp.float32)[:, :, None], o.shape)
    both = merge(State(m, p.sum(axis=-1), o), State(own, jnp.ones_like(own), itself))
    return finish(both).reshape(q.shape).astype(q.dtype)


def _scaled(x: Float[Array, "B K G S"], scales: Array | None) -> Float[Array, "B K G S"]:
    """Multiply what stands for each cached head by its scale [B, K, S]."""
    return x if scales is None else x * scales[:, :, None].astype(x.dtype)
