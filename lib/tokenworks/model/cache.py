"""The KV cache: keys and values of past tokens, so that a step computes only the new one.

A cache is a list of per-layer (keys, values) buffers. It goes into each call and comes out of it;
the buffers are donated, so XLA updates them in place. Their length is a power of two and grows
with the text: a step reads the whole buffer, so a short text must not pay for the full context.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int

from tokenworks.architecture import ModelSpec
from tokenworks.kernels.naive import Precision
from tokenworks.model.forward_pass import Driver, lm_head, loop
from tokenworks.model.layers import KeysValues, layer_block, rms_norm
from tokenworks.model.weights import Weights

Cache: TypeAlias = list[KeysValues]
StackedCache: TypeAlias = tuple[Float[Array, "L B S K D"], Float[Array, "L B S K D"]]
GrownCache: TypeAlias = list[tuple[Float[Array, "B grown K D"], Float[Array, "B grown K D"]]]
SMALLEST_BUFFER = 256
LARGEST_CHUNK = 512  # bounds the [H, T, S] scores of a long prompt


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

    def step(x: Any, inputs: Any) -> tuple[Any, KeysValues]:
        layer, kv = inputs
        return layer_block(x, layer, spec, start=start, cache=kv, precision=precision)

    x, cache = driver(step, weights["embed"][ids], weights["layers"], cache)
    x = jax.lax.dynamic_slice_in_dim(x, last, 1, axis=1)
    x = rms_norm(x, weights["final_norm"], spec.norm_eps)
    return lm_head(weights, x, precision=precision)[:, 0], cache


def prefill(
    weights: Weights, spec: ModelSpec, ids: Sequence[int]
) -> tuple[Float[Array, "B V"], Cache]:
    """Run a prompt in padded chunks; return the logits after its last token and the cache."""
    logits, cache = jnp.zeros((1, spec.vocab_size)), empty_cache(spec, len(ids))
    for start in range(0, len(ids), LARGEST_CHUNK):
        chunk = list(ids[start : start + LARGEST_CHUNK])
        padded = np.zeros((1, bucket(len(chunk), smallest=16)), np.int32)
        padded[0, : len(chunk)] = chunk
        last = len(chunk) - 1
        logits, cache = advance(weights, spec, padded, cache=cache, start=start, last=last)
    return logits, cache


def decode(
    weights: Weights, spec: ModelSpec, token: int, *, cache: Cache, position: int
) -> tuple[Float[Array, "B V"], GrownCache]:
    """Run one new token at this position; return the logits after it and the cache."""
    ids = np.array([[token]], np.int32)
    cache = grow(cache, position + 1)
    return advance(weights, spec, ids, cache=cache, start=position, last=0)
