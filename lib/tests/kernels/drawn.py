"""Queries, keys and values for the tests of attention."""

from typing import Any

import jax.numpy as jnp
import numpy as np


def qkv(
    *,
    tokens: int = 5,
    cached: int = 5,
    heads: int = 4,
    kv_heads: int = 2,
    d_head: int = 8,
    batch: int = 2,
    seed: int = 0,
) -> Any:
    """Return random queries, keys and values; some scores reach ±10."""
    rng = np.random.default_rng(seed)
    shapes = (batch, tokens, heads, d_head), *[(batch, cached, kv_heads, d_head)] * 2
    return tuple(jnp.asarray(2 * rng.normal(size=shape), jnp.float32) for shape in shapes)
