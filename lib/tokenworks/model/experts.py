"""A mixture of experts instead of one feed-forward part: each token goes to the few it scores best.

Weights have the names and shapes of `tokenworks.shapes`: `router` and `experts.w_gate`, one matrix
an expert. Source: https://arxiv.org/abs/2401.04088 (Mixtral, section 2.1).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from tokenworks.kernels.naive import Precision
from tokenworks.model.layers import Layer

MATRICES = ("w_gate", "w_up", "w_down")


class Routing(NamedTuple):
    """Which experts each token goes to, and how much each of them counts."""

    experts: Int[Array, "T active"]
    shares: Float[Array, "T active"]  # they add up to 1


def route(
    x: Float[Array, "T M"], router: Float[Array, "E M"], *, active: int, precision: Precision
) -> Routing:
    """Return the best experts of each token, and the softmax over those alone."""
    scores, experts = jax.lax.top_k(jnp.einsum("tm,nm->tn", x, router, precision=precision), active)
    return Routing(experts, jax.nn.softmax(scores.astype(jnp.float32), axis=-1).astype(x.dtype))


def run_experts(
    x: Float[Array, "E T M"], layer: Layer, *, precision: Precision
) -> Float[Array, "E T M"]:
    """Run every expert on its own tokens: w_down · (silu(w_gate · x) * (w_up · x))."""
    gate, up, down = (layer[f"experts.{name}"] for name in MATRICES)
    hidden = jax.nn.silu(jnp.einsum("etm,efm->etf", x, gate, precision=precision))
    hidden = hidden * jnp.einsum("etm,efm->etf", x, up, precision=precision)
    return jnp.einsum("etf,emf->etm", hidden, down, precision=precision)


def mixture(
    x: Float[Array, "T M"],
    layer: Layer,
    *,
    active: int,
    kept: Bool[Array, "T active"] | None = None,
    precision: Precision = "highest",
) -> Float[Array, "T M"]:
    """Return the sum of each token's experts by their shares: every expert runs on every token.

    The slow oracle of whatever sends tokens about. What is not `kept` was dropped: its share is
    lost, and the token passes on with the others' alone.
    """
    routing = route(x, layer["router"], active=active, precision=precision)
    shares = routing.shares if kept is None else jnp.where(kept, routing.shares, 0)
    everyone = jnp.broadcast_to(x, (len(layer["router"]), *x.shape))
    made = run_experts(everyone, layer, precision=precision)
    picked = made[routing.experts, jnp.arange(len(x))[:, None]]
    return jnp.einsum("ta,tam->tm", shares, picked, precision=precision)
