"""The KV cache: keys and values of past tokens, so that a step computes only the new one.

A cache is a list of per-layer (keys, values) buffers. It goes into each call and comes out of it;
the buffers are donated, so XLA updates them in place. Their length is a power of two and grows
with the text: a step reads the whole buffer, so a short text must not pay for the full context.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int

from tokenworks.architecture import ModelSpec
from tokenworks.kernels.naive import Precision
from tokenworks.model.forward_pass import Driver, lm_head, loop
from tokenworks.model.layers import KeysValues, TreeMask, layer_block, rms_norm
from tokenworks.model.weights import Weights

Cache: TypeAlias = list[KeysValues]
StackedCache: TypeAlias = tuple[Float[Array, "L B S K D"], Float[Array, "L B S K D"]]
GrownCache: TypeAlias = list[tuple[Float[Array, "B grown K D"], Float[Array, "B grown K D"]]]
SMALLEST_BUFFER = 256
LARGEST_CHUNK = 512  # bounds the [H, T, S] scores of a long prompt


class Advanced(NamedTuple):
    """What a pass found at every token that it ran, and the cache that it wrote."""

    logits: Any  # Float "B T V", or None
    states: Any  # Float "B T M", after the final norm
    cache: Any  # Cache | StackedCache


def bucket(tokens: int, smallest: int = SMALLEST_BUFFER) -> int:
    """Return the power of two, at least `smallest`, that holds this many tokens."""
    return max(smallest, 1 << (tokens - 1).bit_length())


def empty_cache(spec: ModelSpec, tokens: int, dtype: DTypeLike = jnp.float32) -> Cache:
    """Return a cache with room for this many tokens."""
    shape = (1, bucket(tokens), spec.n_kv_heads, spec.d_head)
    return [(jnp.zeros(shape, dtype), jnp.zeros(shape, dtype)) for _ in range(spec.n_layers)]


def grow(cache: Cache, tokens: int) -> GrownCache:
    """Return the cache with room for this many tokens, unchanged where it already has it."""
    missing = bucket(tokens) - cache[0][0].shape[1]
    if missing <= 0:
        return cache
    return jax.tree.map(lambda kv: jnp.pad(kv, ((0, 0), (0, missing), (0, 0), (0, 0))), cache)


@partial(jax.jit, static_argnames=("spec", "driver", "precision"), donate_argnames=("cache",))
def advance(
    weights: Weights,
    spec: ModelSpec,
    ids: Int[Array | np.ndarray, "B T"],
    *,
    cache: Cache | StackedCache,
    start: Int[Array, ""] | int,
    last: Int[Array, ""] | int,
    driver: Driver = loop,
    precision: Precision = "highest",
) -> tuple[Float[Array, "B V"], Cache | StackedCache]:
    """Run tokens start .. start+T-1 against the cache; return the logits at `last` and the cache.

    Tokens after `last` are padding: what they write is overwritten before anything attends to it.
    """
    x, cache = run_layers(
        weights, spec, ids, cache=cache, start=start, driver=driver, precision=precision
    )
    x = jax.lax.dynamic_slice_in_dim(x, last, 1, axis=1)
    x = rms_norm(x, weights["final_norm"], spec.norm_eps)
    return lm_head(weights, x, precision=precision)[:, 0], cache


@partial(
    jax.jit, static_argnames=("spec", "driver", "precision", "scored"), donate_argnames=("cache",)
)
def advance_all(
    weights: Weights,
    spec: ModelSpec,
    ids: Int[Array | np.ndarray, "B T"],
    *,
    cache: Cache | StackedCache,
    start: Int[Array, ""] | int,
    tree: TreeMask | None = None,
    driver: Driver = loop,
    precision: Precision = "highest",
    scored: bool = True,
) -> Advanced:
    """Run tokens start .. start+T-1 against the cache; return logits and states at all of them.

    States are those after the final norm. With `scored=False` there are no logits (None). A `tree`
    says that the tokens are no text but the nodes of a tree.
    """
    x, cache = run_layers(
        weights, spec, ids, cache=cache, start=start, tree=tree, driver=driver, precision=precision
    )
    states = rms_norm(x, weights["final_norm"], spec.norm_eps)
    logits = lm_head(weights, states, precision=precision) if scored else None
    return Advanced(logits, states, cache)


def run_layers(
    weights: Weights,
    spec: ModelSpec,
    ids: Int[Array | np.ndarray, "B T"],
    *,
    cache: Cache | StackedCache,
    start: Int[Array, ""] | int,
    tree: TreeMask | None = None,
    driver: Driver = loop,
    precision: Precision = "highest",
) -> tuple[Float[Array, "B T M"], Cache | StackedCache]:
    """Run tokens start .. start+T-1 through the layers; return the last one's output, the cache."""

    def step(x: Any, inputs: Any) -> tuple[Any, KeysValues]:
        layer, kv = inputs
        return layer_block(x, layer, spec, start=start, cache=kv, tree=tree, precision=precision)

    return driver(step, weights["embed"][ids], weights["layers"], cache)


def prefill(
    weights: Weights, spec: ModelSpec, ids: Sequence[int]
) -> tuple[Float[Array, "B V"], Cache]:
    """Run a prompt in padded chunks; return the logits after its last token and the cache."""
    logits, cache = jnp.zeros((1, spec.vocab_size)), empty_cache(spec, len(ids))
    for start, padded, count in _chunks(ids):
        logits, cache = advance(weights, spec, padded, cache=cache, start=start, last=count - 1)
    return logits, cache


def prefill_states(
    weights: Weights, spec: ModelSpec, ids: Sequence[int]
) -> tuple[Float[np.ndarray, "T M"], Cache]:
    """Run a prompt, or none, in padded chunks; return all its states and the cache."""
    cache, states = empty_cache(spec, max(1, len(ids))), [np.zeros((0, spec.d_model), np.float32)]
    for start, padded, count in _chunks(ids):
        found = advance_all(weights, spec, padded, cache=cache, start=start, scored=False)
        cache = found.cache
        states.append(np.asarray(found.states)[0, :count])
    return np.concatenate(states), cache


def _chunks(ids: Sequence[int]) -> Iterator[tuple[int, Int[np.ndarray, "1 T"], int]]:
    """Yield where each chunk starts, its tokens with padding, and how many are tokens."""
    for start in range(0, len(ids), LARGEST_CHUNK):
        chunk = list(ids[start : start + LARGEST_CHUNK])
        padded = np.zeros((1, bucket(len(chunk), smallest=16)), np.int32)
        padded[0, : len(chunk)] = chunk
        yield start, padded, len(chunk)


def decode(
    weights: Weights, spec: ModelSpec, token: int, *, cache: Cache, position: int
) -> tuple[Float[Array, "B V"], GrownCache]:
    """Run one new token at this position; return the logits after it and the cache."""
    ids = np.array([[token]], np.int32)
    cache = grow(cache, position + 1)
    return advance(weights, spec, ids, cache=cache, start=position, last=0)
