"""Small models for eight devices, drawn at random, and how near two results must be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tokenworks.architecture import ModelSpec
from tokenworks.model.weights import tree
from tokenworks.parallel import make_mesh
from tokenworks.shapes import weight_shapes

SMALL = ModelSpec(
    name="small",
    label="small",
    n_layers=2,
    d_model=64,
    n_heads=8,
    n_kv_heads=2,
    d_head=16,
    d_ff=96,
    vocab_size=64,
    context_tokens=64,
    rope_theta=10000.0,
    source="drawn",
    accessed="",
)
FLOAT = 4  # bytes of a float32


def drawn_weights(spec: ModelSpec = SMALL, seed: int = 0) -> Any:
    """Return random weights; logits reach ±10."""
    rng = np.random.default_rng(seed)
    return tree(
        {n: jnp.asarray(rng.normal(0, 0.3, s), jnp.float32) for n, s in weight_shapes(spec).items()}
    )


def drawn_ids(batch: int, tokens: int, spec: ModelSpec = SMALL) -> Any:
    """Return random tokens."""
    return np.random.default_rng(1).integers(0, spec.vocab_size, (batch, tokens)).astype(np.int32)


def mesh_of(**axes: int) -> Any:
    """Return a mesh of as many of the simulated devices as its axes need."""
    return make_mesh(jax.devices()[: int(np.prod([*axes.values()]))], **axes)


def changed(**fields: Any) -> ModelSpec:
    """Return the small model with other numbers."""
    return replace(SMALL, **fields)


def off(found: Any, right: Any) -> float:
    """Return the largest difference over the largest right value."""
    found, right = np.asarray(found), np.asarray(right)
    return float(np.abs(found - right).max() / np.abs(right).max())
