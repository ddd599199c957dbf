"""Exact attention tile by tile, in plain JAX: no array has all queries and all keys.

Forward: https://arxiv.org/abs/2307.08691 (algorithm 1). Backward: the same source (algorithm 2),
which keeps q, k, v, o and the logarithm of each row's sum, and computes the scores again.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from tokenworks.cost.attention_call import Tiles
from tokenworks.kernels.naive import Precision, blank, capped, check, visible
from tokenworks.kernels.online_softmax import (
    State,
    finish,
    logsumexp,
    product,
    start,
    update,
)

Index: TypeAlias = Int[Array, ""]
QKV: TypeAlias = tuple[Float[Array, "B T H D"], Float[Array, "B S K D"], Float[Array, "B S K D"]]


def flash_attention(
    q: Float[Array, "B T H D"],
    k: Float[Array, "B S K D"],
    v: Float[Array, "B S K D"],
    *,
    tiles: Tiles,
    causal: bool = True,
    window: int | None = None,
    soft_cap: float | None = None,
    lengths: Int[Array, " B"] | None = None,
    precision: Precision,
) -> Float[Array, "B T H D"]:
    """Return what `naive.attention` returns, in memory that grows with T + S and not with T · S.

    The queries are the last T of the S positions. A tile holds `tiles.q` queries of each head that
    shares a key-value head; key tiles that none of them sees are not computed. Scores and sums are
    float32 whatever the type of q.
    """
    check(q, k, lengths=lengths, window=window, soft_cap=soft_cap)
    tiles = Tiles(min(tiles.q, q.shape[1]), min(tiles.kv, k.shape[1]))
    plan = _Plan(
        tiles,
        queries=q.shape[1],
        keys=k.shape[1],
        d_head=q.shape[3],
        causal=causal,
        window=window,
        soft_cap=soft_cap,
        precision=precision,
    )
    return _compiled(plan, lengths, (q, k, v))


class _Plan(NamedTuple):
    """What is known before any array is: sizes, tiles, and who sees whom."""

    tiles: Tiles
    queries: int
    keys: int
    d_head: int
    causal: bool
    window: int | None
    soft_cap: float | None
    precision: Precision

    def key_tiles(self, i: Index, used: Index) -> tuple[Index, Index]:
        """Return the first key tile that query tile i sees, and the one after the last."""
        behind, ahead = self._reach()
        low = self.keys - self.queries + i * self.tiles.q
        high = low + self.tiles.q - 1 + ahead
        return _span(low - behind, jnp.minimum(high, used - 1), self.tiles.kv)

    def query_tiles(self, j: Index) -> tuple[Index, Index]:
        """Return the first query tile that sees key tile j, and the one after the last."""
        behind, ahead = self._reach()
        low = j * self.tiles.kv - (self.keys - self.queries)
        high = low + self.tiles.kv - 1 + behind
        return _span(low - ahead, jnp.minimum(high, self.queries - 1), self.tiles.q)

    def _reach(self) -> tuple[int, int]:
        """Return how many keys behind and ahead of its own position a query may see."""
        behind = self.queries + self.keys if self.window is None else self.window - 1
        return behind, 0 if self.causal else behind

    def scores(
        self, at: tuple[Index, Index], lengths: Int[Array, " B"], qk: tuple[Array, Array]
    ) -> tuple[Float[Array, "B K rows S"], Bool[Array, "B 1 rows S"]]:
        """Return the scores of query tile at[0] and key tile at[1], and which of them count."""
        q, k = qk
        scores = product(q, k.swapaxes(2, 3), self.precision) * self.d_head**-0.5
        first = self.keys - self.queries + at[0] * self.tiles.q
        positions = jnp.tile(first + jnp.arange(self.tiles.q), q.shape[2] // self.tiles.q)
        positions = jnp.broadcast_to(positions, (lengths.size, positions.size))
        keys = at[1] * self.tiles.kv + jnp.arange(self.tiles.kv)
        seen = visible(positions, keys, lengths=lengths, causal=self.causal, window=self.window)
        return capped(scores, self.soft_cap), seen[:, None]


@partial(jax.jit, static_argnums=(0,))
def _compiled(plan: _Plan, lengths: Int[Array, " B"] | None, qkv: QKV) -> Float[Array, "B T H D"]:
    q, k, v = qkv
    if lengths is None:
        return _attend(plan, jnp.full(q.shape[0], k.shape[1]), qkv)
    k, v = blank(k, lengths), blank(v, lengths)
    return _attend(plan, jnp.minimum(lengths, k.shape[1]), (q, k, v))  # the last tile is longer


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _attend(plan: _Plan, lengths: Int[Array, " B"], qkv: QKV) -> Float[Array, "B T H D"]:
    return _forward(plan, lengths, qkv)[0]


def _forward(plan: _Plan, lengths: Int[Array, " B"], qkv: QKV) -> tuple[Any, Any]:
    """Return o, and what the backward pass needs: the inputs, o and a logsumexp for each row."""
    q, k, v = qkv
    keys, values = (tiled(x, plan.tiles.kv, k.shape[2]) for x in (k, v))

    def attend(tile: tuple[Index, Array]) -> tuple[Any, Any]:
        i, rows = tile

        def step(j: Index, state: State) -> State:
            scores, seen = plan.scores((i, j), lengths, (rows, keys[j]))
            scores = jnp.where(seen, scores, -jnp.inf)
            return update(state, scores, values[j], precision=plan.precision)

        nothing = start(rows.shape[:-1], plan.d_head)
        state = jax.lax.fori_loop(*plan.key_tiles(i, lengths.max()), step, nothing)
        return finish(state).astype(q.dtype), logsumexp(state)[..., None]

    queries = tiled(q, plan.tiles.q, k.shape[2])
    o, sums = jax.lax.map(attend, (jnp.arange(len(queries)), queries))
    o, sums = (_whole(x, q.shape[:3]) for x in (o, sums))
    return o, (lengths, qkv, o, sums)


def _backward(plan: _Plan, kept: Any, slope: Float[Array, "B T H D"]) -> tuple[None, Any]:
    """Return the gradients; dq is summed over the key tiles, dk and dv over the query tiles.

    P = exp(S − logsumexp);  dV = Pᵀ dO;  dP = dO Vᵀ;  dS = P ∘ (dP − Σ dO ∘ O)
    dQ = dS K / √D;  dK = dSᵀ Q / √D
    """
    lengths, (q, k, v), o, sums = kept
    delta = (slope.astype(jnp.float32) * o).sum(axis=-1, keepdims=True)
    rows = [tiled(x, plan.tiles.q, k.shape[2]) for x in (q, slope, sums, delta)]
    keys, values = (tiled(x, plan.tiles.kv, k.shape[2]) for x in (k, v))
    times = partial(product, precision=plan.precision)

    def against(dq: Array, tile: tuple[Index, Array, Array]) -> tuple[Any, Any]:
        j, key, value = tile

        def step(i: Index, so_far: Any) -> Any:
            dq, dk, dv = so_far
            query, do, total, delta = (x[i] for x in rows)
            scores, seen = plan.scores((i, j), lengths, (query, key))
            p = jnp.where(seen, jnp.exp(scores - total), 0)
            ds = p * (times(do, value.swapaxes(2, 3)) - delta) * plan.d_head**-0.5
            if plan.soft_cap is not None:  # d tanh(x) = 1 - tanh²(x)
                ds *= 1 - (scores / plan.soft_cap) ** 2
            dk += times(ds.swapaxes(2, 3), query)
            dv += times(p.swapaxes(2, 3), do)
            return dq.at[i].add(times(ds, key)), dk, dv

        nothing = jnp.zeros(key.shape)
        dq, *dkv = jax.lax.fori_loop(*plan.query_tiles(j), step, (dq, nothing, nothing))
        return dq, dkv

    tiles = (jnp.arange(len(keys)), keys, values)
    dq, dkv = jax.lax.scan(against, jnp.zeros(rows[0].shape), tiles)
    pairs = zip((dq, *dkv), (q, k, v), strict=True)
    return None, tuple(_whole(x, like.shape[:3]).astype(like.dtype) for x, like in pairs)


_attend.defvjp(_forward, _backward)


def _span(low: Index, high: Index, tile: int) -> tuple[Index, Index]:
    """Return the tiles that hold the places low..high: the first, and the one after the last."""
    return jnp.maximum(low, 0) // tile, high // tile + 1


def tiled(x: Float[Array, "B N H D"], tile: int, kv_heads: int) -> Float[Array, "tiles B K rows D"]:
    """Cut tokens into tiles, padded with zeros; the rows of a group of heads stand together."""
    batch, tokens, heads, d_head = x.shape
    x = jnp.pad(x, ((0, 0), (0, -tokens % tile), (0, 0), (0, 0)))
    x = x.reshape(batch, -1, tile, kv_heads, heads // kv_heads, d_head)
    return x.transpose(1, 0, 3, 4, 2, 5).reshape(x.shape[1], batch, kv_heads, -1, d_head)


def _whole(x: Float[Array, "tiles B K rows D"], shape: tuple[int, ...]) -> Float[Array, "B N H D"]:
    """Join what `tiled` cut, back to the batch, tokens and heads of `shape`."""
    batch, tokens, heads = shape
    tiles, _, kv_heads, _, d_head = x.shape
    x = x.reshape(tiles, batch, kv_heads, heads // kv_heads, -1, d_head)
    return x.transpose(1, 0, 4, 2, 3, 5).reshape(batch, -1, heads, d_head)[:, :tokens]
