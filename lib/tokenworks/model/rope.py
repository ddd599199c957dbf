"""Rotary position embedding, half-rotation layout: component i turns with component i + D/2."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float, Int


def rope_angles(
    positions: Int[Array, "B T"], d_head: int, theta: float | None
) -> Float[Array, "B T {d_head//2}"]:
    """Return the angle position * theta^(-2i/D) of each pair i, in radians.

    A model without rope_theta raises ValueError.
    """
    if theta is None:
        raise ValueError("this model has no rotary embedding (rope_theta is not set)")
    pairs = jnp.arange(0, d_head, 2, dtype=jnp.float32) / d_head
    return positions[..., None].astype(jnp.float32) * theta**-pairs


def apply_rope(
    x: Float[Array, "B T H D"], turn: Float[Array, "B T D//2"]
) -> Float[Array, "B T H D"]:
    """Turn every head of x by the angles of its position."""
    cos, sin = jnp.cos(turn)[:, :, None], jnp.sin(turn)[:, :, None]
    first, second = jnp.split(x.astype(jnp.float32), 2, axis=-1)
    turned = jnp.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)
    return turned.astype(x.dtype)
