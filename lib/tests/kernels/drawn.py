"""Queries, keys and values for the tests of attention, and a quick way to run them."""

import importlib.util
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

UNOPTIMISED = {"xla_backend_optimization_level": 0}  # most of these programs run once
needs_compiler = pytest.mark.skipif(
    not importlib.util.find_spec("libtpu"), reason="libtpu has no wheel for this platform"
)


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


@cache
def compiled(function: Any, options: Any) -> Any:
    """Compile without optimising, in full precision."""

    def whole(arrays: Any, named: Any) -> Any:
        return function(*arrays, **named, **dict(options), precision="highest")

    return jax.jit(whole, compiler_options=UNOPTIMISED)


def run(function: Any, *arrays: Any, **options: Any) -> Any:
    """Run what `compiled` compiles; the same function, options and shapes are compiled once."""
    named = {n: jnp.asarray(x) for n, x in options.items() if hasattr(x, "shape")}
    fixed = tuple((name, x) for name, x in options.items() if name not in named)
    out = compiled(function, fixed)(tuple(map(jnp.asarray, arrays)), named)
    return jax.tree.map(np.asarray, out)


def with_slopes(function: Any, **options: Any) -> Any:
    """Return attention and the gradients that a slope of it has in q, k and v."""

    def both(arrays: Any, slope: Any, lengths: Any) -> Any:
        given = {"lengths": lengths, **options, "precision": "highest"}
        out, pull = jax.vjp(lambda *x: function(*x, **given), *arrays)
        return out, *pull(slope)

    return jax.jit(both, compiler_options=UNOPTIMISED)
