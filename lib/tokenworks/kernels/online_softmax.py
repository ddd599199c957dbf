"""Softmax and its weighted sum in one pass: the state that a tile of scores updates.

Over the scores s₁ … s_n seen so far and their values v₁ … v_n the state holds

    m = max sᵢ        l = Σ exp(sᵢ − m)        O = Σ exp(sᵢ − m) vᵢ

O is divided by l only at the end. Source: https://arxiv.org/abs/1805.02867 (m and l) and
https://arxiv.org/abs/2205.14135 (O).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from tokenworks.kernels.naive import Precision


class State(NamedTuple):
    """What is kept of every score seen so far; m is −∞ before the first."""

    m: Float[Array, "*rows"]
    l: Float[Array, "*rows"]
    o: Float[Array, "*rows D"]


def start(rows: tuple[int, ...], d_head: int) -> State:
    """Return the state of rows that have seen no score."""
    return State(jnp.full(rows, -jnp.inf), jnp.zeros(rows), jnp.zeros((*rows, d_head)))


def update(
    state: State,
    scores: Float[Array, "*rows S"],
    values: Float[Array, "*some S D"],
    *,
    precision: Precision = "highest",
) -> State:
    """Take a tile of scores and values into the state; a masked score is −∞.

    m' = max(m, max sᵢ);  α = exp(m − m');  pᵢ = exp(sᵢ − m')
    l' = α l + Σ pᵢ;  O' = α O + Σ pᵢ vᵢ
    """
    m = jnp.maximum(state.m, scores.max(axis=-1))
    α = jnp.exp(state.m - _finite(m))
    p = jnp.exp(scores - _finite(m)[..., None])
    l = α * state.l + p.sum(axis=-1)
    return State(m, l, α[..., None] * state.o + product(p, values, precision))


def merge(a: State, b: State) -> State:
    """Join the states of two sets of keys; which comes first does not matter.

    m = max(m_a, m_b);  l = exp(m_a − m) l_a + exp(m_b − m) l_b;  O likewise
    """
    m = jnp.maximum(a.m, b.m)
    α, β = jnp.exp(a.m - _finite(m)), jnp.exp(b.m - _finite(m))
    return State(m, α * a.l + β * b.l, α[..., None] * a.o + β[..., None] * b.o)


def finish(state: State) -> Float[Array, "*rows D"]:
    """Return O / l, the values averaged by the softmax; a row that saw no key gets zeros."""
    return state.o / jnp.where(state.l == 0, 1, state.l)[..., None]


def logsumexp(state: State) -> Float[Array, "*rows"]:
    """Return log Σ exp(sᵢ) = m + log l, from which any weight is exp(sᵢ − it); −∞ for no key."""
    return state.m + jnp.log(state.l)


def steps(
    scores: Float[Array, "*rows S"],
    values: Float[Array, "S D"],
    *,
    tile: int,
    precision: Precision = "highest",
) -> State:
    """Return the states after each tile of scores, stacked along a new first axis.

    Scores that do not fall into whole tiles raise ValueError.
    """
    *rows, keys = scores.shape
    if tile < 1 or keys % tile:
        raise ValueError(f"{keys} scores do not fall into tiles of {tile}: pass a divisor of them")

    def step(state: State, pair: tuple[Array, Array]) -> tuple[State, State]:
        after = update(state, *pair, precision=precision)
        return after, after

    tiled = jnp.moveaxis(scores.reshape(*rows, -1, tile), -2, 0)
    pairs = (tiled, values.reshape(-1, tile, values.shape[-1]))
    return jax.lax.scan(step, start(tuple(rows), values.shape[-1]), pairs)[1]


def product(
    a: Float[Array, "*rows S"], b: Float[Array, "*some S D"], precision: Precision
) -> Float[Array, "*rows D"]:
    """Return a · b, multiplied in the type of b and summed in float32."""
    wide = jnp.float32
    return jnp.matmul(a.astype(b.dtype), b, precision=precision, preferred_element_type=wide)


def _finite(m: Float[Array, "*rows"]) -> Float[Array, "*rows"]:
    """Return m, or 0 where it is −∞: exp(−∞ − 0) is 0 where exp(−∞ − −∞) is no number."""
    return jnp.where(m == -jnp.inf, 0, m)
