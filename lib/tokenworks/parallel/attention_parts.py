"""Attention over some of the keys, on one device of several, and how the parts are joined.

Each function is for `block_around`: it gets this device's queries, keys and values.
"""

from __future__ import annotations

from functools import reduce

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from tokenworks.kernels.naive import Precision, attention, visible
from tokenworks.kernels.online_softmax import State, finish, merge, start, update

AXIS = "context"


def partial_state(
    q: Float[Array, "B T H D"],
    k: Float[Array, "B S K D"],
    v: Float[Array, "B S K D"],
    *,
    seen: Bool[Array, "B T S"],
    precision: Precision,
) -> State:
    """Return the online softmax of some of the keys: rows are [B, K, G, T]."""
    batch, tokens, _, d_head = q.shape
    grouped = q.reshape(batch, tokens, k.shape[2], -1, d_head)
    scores = jnp.einsum("btkgd,bskd->bkgts", grouped, k, precision=precision)
    scores = scores.astype(jnp.float32) * d_head**-0.5
    scores = jnp.where(seen[:, None, None], scores, -jnp.inf)
    nothing = start(scores.shape[:-1], d_head)
    return update(nothing, scores, v.swapaxes(1, 2)[:, :, None], precision=precision)


def by_heads(rows: Float[Array, "B K G T width"]) -> Float[Array, "B T H width"]:
    """Return rows of the grouped heads in the model's order."""
    batch, _, _, tokens, width = rows.shape
    return jnp.moveaxis(rows, 3, 1).reshape(batch, tokens, -1, width)


def gathered(
    q: Float[Array, "B T H D"],
    k: Float[Array, "B T K D"],
    v: Float[Array, "B T K D"],
    *,
    positions: Int[Array, "B T"],
    precision: Precision,
) -> Float[Array, "B T H D"]:
    """Attend to the whole prompt: every device gets all keys and values first."""
    keys, values = jax.lax.all_gather(jnp.stack([k, v]), AXIS, axis=2, tiled=True)
    return attention(q, keys, values, positions=positions, precision=precision)


def ring(
    q: Float[Array, "B T H D"],
    k: Float[Array, "B T K D"],
    v: Float[Array, "B T K D"],
    *,
    positions: Int[Array, "B T"],
    precision: Precision,
) -> Float[Array, "B T H D"]:
    """Attend to the whole prompt: keys and values go round, each device holds one part at a time.

    Source: https://arxiv.org/abs/2310.01889 (ring attention).
    """
    devices, tokens = jax.lax.axis_size(AXIS), q.shape[1]
    me, states, kv = jax.lax.axis_index(AXIS), [], jnp.stack([k, v])
    for hop in range(devices):
        keys = (me - hop) % devices * tokens + jnp.arange(tokens)
        seen = visible(positions, keys)
        states.append(partial_state(q, *kv, seen=seen, precision=precision))
        if hop < devices - 1:
            around = [(i, (i + 1) % devices) for i in range(devices)]
            kv = jax.lax.ppermute(kv, AXIS, around)
    return by_heads(finish(reduce(merge, states))).astype(q.dtype)


def joined(
    q: Float[Array, "B T H D"],
    k: Float[Array, "B S K D"],
    v: Float[Array, "B S K D"],
    *,
    positions: Int[Array, "B T"],
    precision: Precision,
) -> Float[Array, "B T H D"]:
    """Attend to a cache whose positions are dealt out: slot s of device j has position s·n + j.

    Each device gets the queries of all, attends to its positions, and sends every other device the
    state of that one's heads, which merges them. Source: https://arxiv.org/abs/2507.07120 (Helix).
    """
    devices, me, heads = jax.lax.axis_size(AXIS), jax.lax.axis_index(AXIS), q.shape[2]
    everyone = jax.lax.all_gather(q, AXIS, axis=2, tiled=True)
    seen = visible(positions, jnp.arange(k.shape[1]) * devices + me)
    state = partial_state(everyone, k, v, seen=seen, precision=precision)
    packed = by_heads(jnp.concatenate([state.o, state.m[..., None], state.l[..., None]], axis=-1))
    dealt = packed.reshape(*packed.shape[:2], devices, heads, -1)
    mine = jax.lax.all_to_all(dealt, AXIS, split_axis=2, concat_axis=0)
    states = [State(part[..., -2], part[..., -1], part[..., :-2]) for part in mine]
    return finish(reduce(merge, states)).astype(q.dtype)


def summed_scores(
    q: Float[Array, "B T H D"],
    k: Float[Array, "B S K D"],
    v: Float[Array, "B S K D"],
    *,
    positions: Int[Array, "B T"],
    precision: Precision,
) -> Float[Array, "B T H D"]:
    """Attend with some of each head's dimensions: scores are added up over the devices."""
    batch, tokens, _, part = q.shape
    grouped = q.reshape(batch, tokens, k.shape[2], -1, part)
    scores = jnp.einsum("btkgd,bskd->bkgts", grouped, k, precision=precision)
    scores = (
        jax.lax.psum(scores.astype(jnp.float32), AXIS) * (part * jax.lax.axis_size(AXIS)) ** -0.5
    )
    seen = visible(positions, jnp.arange(k.shape[1]))[:, None, None]
    probs = jax.nn.softmax(jnp.where(seen, scores, -jnp.inf), axis=-1)
    out = jnp.einsum("bkgts,bskd->bkgtd", probs.astype(q.dtype), v, precision=precision)
    return by_heads(out)
