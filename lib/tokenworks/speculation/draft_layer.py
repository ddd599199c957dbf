"""The layer of an EAGLE-style draft: it guesses the model's next state from the last one.

Its input at token i is the model's state there and the embedding of token i + 1, which has been
chosen by then; its output stands for the state at i + 1, and the head reads the guess for token
i + 2 from it. Fed with its own outputs it runs on. Source: Li et al. 2024, EAGLE,
https://arxiv.org/abs/2401.15077, section 3.2; trained on its own outputs as in Li et al. 2025,
EAGLE-3, https://arxiv.org/abs/2503.01840, section 3.2.

Weights: `input_scale` [2M], `fuse` [M, 2M] and `fuse_bias` [M] for the two inputs together;
`layer`, one fused Llama layer; and `final_norm` [M]. The head reads rows of the model's own.
"""

from __future__ import annotations

from functools import partial
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from tokenworks.architecture import ModelSpec
from tokenworks.kernels.naive import Precision
from tokenworks.model.layers import KeysValues, block_around, layer_block, linear, rms_norm
from tokenworks.model.weights import Weights

States: TypeAlias = Float[Array, "B T M"]


def fuse_inputs(
    weights: Weights, states: States, embedded: States, *, precision: Precision = "highest"
) -> States:
    """Return what the layer starts from: state and next embedding through one matrix."""
    both = jnp.concatenate([states, embedded], axis=-1) * weights["input_scale"]
    return linear(both, weights["fuse"], precision) + weights["fuse_bias"]


@partial(jax.jit, static_argnames=("spec", "precision"), donate_argnames=("cache",))
def advance_draft(
    weights: Weights,
    spec: ModelSpec,
    states: Float[Array | np.ndarray, "B T M"],
    *,
    tables: tuple[Float[Array, "V M"], Float[Array, "reduced M"], Float[Array, "spare M"]],
    ids: Int[Array | np.ndarray, "B T"],
    cache: KeysValues,
    start: Int[Array, ""] | int,
    last: Int[Array, ""] | int,
    precision: Precision = "highest",
) -> tuple[Float[Array, "B one M"], Float[Array, "B proposed"], KeysValues]:
    """Run inputs start .. start+T-1; return the state and the logits at `last`, and the cache.

    `tables` are the embeddings, and the rows of the head for all texts and for this one alone.
    `ids` are the tokens after those of the states. Inputs after `last` are padding: what they write
    is overwritten before anything attends to it.
    """
    x = fuse_inputs(weights, jnp.asarray(states), tables[0][ids], precision=precision)
    x, cache = layer_block(x, weights["layer"], spec, start=start, cache=cache, precision=precision)
    x = jax.lax.dynamic_slice_in_dim(x, last, 1, axis=1)
    x = rms_norm(x, weights["final_norm"], spec.norm_eps)
    logits = [linear(x, rows, precision)[:, 0] for rows in tables[1:]]
    return x, jnp.concatenate(logits, axis=-1), cache


def self_fed_states(
    weights: Weights,
    spec: ModelSpec,
    states: States,
    *,
    embedded: States,
    depth: int,
    precision: Precision = "highest",
) -> list[States]:
    """Return the outputs of `depth` runs over whole texts, each fed with those of the run before.

    Entry d at token i is what the draft says after d tokens of its own: its chain began with the
    model's states up to i - d, where i < d it means nothing. All chains run side by side, and the
    tokens are the text's own. Equal to `advance_draft`, one step after another.
    """
    positions = jnp.broadcast_to(jnp.arange(states.shape[1]), states.shape[:2])
    outs: list[States] = []
    runs: list[KeysValues] = []

    def attend(q: Any, k: Any, v: Any) -> tuple[Any, None]:
        runs.append((k, v))
        return _chain_attention(q, runs, precision=precision), None

    for _ in range(depth):
        x = fuse_inputs(weights, states, embedded, precision=precision)
        x, _ = block_around(
            attend, x, weights["layer"], spec=spec, positions=positions, precision=precision
        )
        outs.append(rms_norm(x, weights["final_norm"], spec.norm_eps))
        states = shifted(outs[-1], 1)
    return outs


def shifted(x: Float[Array, "B T *rest"], by: int) -> Float[Array, "B T *rest"]:
    """Return rows moved `by` tokens to the right, with zeros before them."""
    padding = [(0, 0), (by, 0), *[(0, 0)] * (x.ndim - 2)]
    return jnp.pad(x, padding)[:, : x.shape[1]]


def _chain_attention(
    q: Float[Array, "B T H D"], runs: list[KeysValues], *, precision: Precision
) -> Float[Array, "B T H D"]:
    """Attend to true inputs up to the start of the chain, then to the chain's own, one a run."""
    depth, (batch, tokens, _, d_head) = len(runs) - 1, q.shape
    keys, values = runs[0]
    grouped = q.reshape(batch, tokens, keys.shape[2], -1, d_head) * d_head**-0.5
    at = jnp.arange(tokens)
    scores = jnp.einsum("btkgd,bskd->btkgs", grouped, keys, precision=precision)
    seen = at[None] <= at[:, None] - depth
    scores = jnp.where(seen[:, None, None], scores, -1e30)
    own = [shifted(k, depth - run) for run, (k, _) in enumerate(runs[1:], 1)]
    chain = [jnp.einsum("btkgd,btkd->btkg", grouped, k, precision=precision) for k in own]
    scores = jnp.concatenate([scores, *(each[..., None] for each in chain)], axis=-1)
    probs = jax.nn.softmax(scores, axis=-1)
    out = jnp.einsum("btkgs,bskd->btkgd", probs[..., :tokens], values, precision=precision)
    for run, (_, v) in enumerate(runs[1:], 1):
        share = probs[..., tokens + run - 1, None]
        out += share * shifted(v, depth - run)[:, :, :, None]
    return out.reshape(q.shape)
