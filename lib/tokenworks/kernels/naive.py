"""Attention as the formula reads, score matrix and all: the oracle of every faster kernel.

O = softmax(QKᵀ / √D) V, where query head h reads key-value head h // G.
"""

from __future__ import annotations

from typing import TypeAlias

import jax
import jax.numpy as jnp
from jax.core import Tracer
from jaxtyping import Array, Bool, Float, Int

Precision: TypeAlias = str | None


def attention(
    q: Float[Array, "B T H D"],
    k: Float[Array, "B S K D"],
    v: Float[Array, "B S K D"],
    *,
    positions: Int[Array, "B T"] | None = None,
    lengths: Int[Array, " B"] | None = None,
    causal: bool = True,
    window: int | None = None,
    soft_cap: float | None = None,
    seen: Bool[Array, "B T S"] | None = None,
    precision: Precision,
) -> Float[Array, "B T H D"]:
    """Return for each query the values of the keys it sees, averaged by the softmax of its scores.

    Without `positions` the queries are the last T of the S positions. Keys from `lengths` on are
    never read: they may hold anything, NaN too. A query that sees no key gets zeros. Only with
    lengths or a window may a given position be negative. `seen` says outright which query sees
    which key, instead of positions, causal and window.
    """
    check(q, k, lengths=lengths, window=window, soft_cap=soft_cap)
    (batch, tokens, heads, d_head), cached = q.shape, k.shape[1]
    bare = lengths is None and window is None and (positions is not None or tokens <= cached)
    bare = bare and seen is None
    if lengths is not None:
        k, v = blank(k, lengths), blank(v, lengths)
    if positions is None:
        positions = jnp.broadcast_to(jnp.arange(cached - tokens, cached), (batch, tokens))
    if seen is None:
        seen = visible(positions, jnp.arange(cached), lengths=lengths, causal=causal, window=window)
    seen = seen[:, None, None]  # the same for every head
    grouped = q.reshape(batch, tokens, k.shape[2], -1, d_head)
    scores = jnp.einsum("btkgd,bskd->bkgts", grouped, k, precision=precision)
    scores = capped(scores.astype(jnp.float32) * d_head**-0.5, soft_cap)
    probs = jax.nn.softmax(jnp.where(seen, scores, -jnp.inf), axis=-1)
    if not bare:  # a row of -inf alone has the softmax 0/0
        probs = jnp.where(seen, probs, 0)
    attn_out = jnp.einsum("bkgts,bskd->btkgd", probs.astype(q.dtype), v, precision=precision)
    return attn_out.reshape(batch, tokens, heads, d_head)


def visible(
    positions: Int[Array, "B T"],
    keys: Int[Array, " S"],
    *,
    lengths: Int[Array, " B"] | None = None,
    causal: bool = True,
    window: int | None = None,
) -> Bool[Array, "B T S"]:
    """Return which query sees which key: none after it, none `window` or more away, none unused."""
    queries = positions[:, :, None]
    seen = keys <= queries if causal else jnp.ones((*positions.shape, keys.size), bool)
    if window is not None:
        seen &= jnp.abs(queries - keys) < window
    if lengths is not None:
        seen &= keys < lengths[:, None, None]
    return seen


def blank(x: Float[Array, "B S K D"], lengths: Int[Array, " B"]) -> Float[Array, "B S K D"]:
    """Put zeros where nothing was written: even a weight of zero lets a NaN through."""
    return jnp.where(jnp.arange(x.shape[1])[:, None, None] < lengths[:, None, None, None], x, 0)


def capped(scores: Float[Array, "*scores"], soft_cap: float | None) -> Float[Array, "*scores"]:
    """Bend the scores so that none passes ±soft_cap: c · tanh(score / c), as Gemma 2 does."""
    return scores if soft_cap is None else soft_cap * jnp.tanh(scores / soft_cap)


def check(
    q: Float[Array, "B T H D"],
    k: Float[Array, "B S K D"],
    *,
    lengths: Int[Array, " B"] | None = None,
    window: int | None = None,
    soft_cap: float | None = None,
) -> None:
    """Raise a ValueError that says what to change, for heads, window, cap or an empty input.

    Lengths are looked at unless they are traced: a compiled step may have idle rows of length 0.
    """
    heads, kv_heads = q.shape[2], k.shape[2]
    if not q.size or not k.size:
        raise ValueError("there is nothing to attend to: pass at least one query and one key")
    if lengths is not None and not isinstance(lengths, Tracer) and int(lengths.min()) < 1:
        raise ValueError(
            f"a sequence of no tokens has nothing to attend to: leave it out (lengths {lengths})"
        )
    if heads % kv_heads:
        raise ValueError(
            f"{heads} query heads cannot share {kv_heads} key-value heads evenly: "
            f"pass a multiple of {kv_heads} query heads"
        )
    if window is not None and window < 1:
        raise ValueError(f"a window of {window} hides a query's own key: pass 1 or more, or None")
    if soft_cap is not None and not soft_cap > 0:
        raise ValueError(f"soft_cap={soft_cap} leaves no scores: pass more than 0, or None")
