"""The whole model without a cache: the oracle that every faster path is compared with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from tokenworks.architecture import ModelSpec
from tokenworks.kernels.naive import Precision
from tokenworks.model.layers import layer_block, linear, rms_norm
from tokenworks.model.weights import Weights, check_llama

Ids: TypeAlias = Int[Array | np.ndarray, "B T"]
Step: TypeAlias = Callable[[Any, Any], tuple[Any, Any]]
Driver: TypeAlias = Callable[..., tuple[Any, Any]]


def loop(step: Step, x: Float[Array, "B T M"], *per_layer: Any) -> tuple[Any, Any]:
    """Run the layers one after another in Python, over lists with one entry a layer."""
    outs = []
    for inputs in zip(*per_layer, strict=True):
        x, out = step(x, inputs)
        outs.append(out)
    return x, outs


def scan(step: Step, x: Float[Array, "B T M"], *stacked: Any) -> tuple[Any, Any]:
    """Run the layers as one compiled `lax.scan`, over trees stacked along L."""
    return jax.lax.scan(step, x, stacked)


def hidden_states(
    weights: Weights,
    spec: ModelSpec,
    ids: Ids,
    *,
    driver: Driver = loop,
    precision: Precision = "highest",
) -> Float[Array, "B T M"]:
    """Return the state after the last layer and the final norm."""
    check_llama(spec)

    def step(x: Any, inputs: Any) -> tuple[Any, None]:
        (layer,) = inputs
        return layer_block(x, layer, spec, precision=precision)[0], None

    x, _ = driver(step, weights["embed"][jnp.asarray(ids)], weights["layers"])
    return rms_norm(x, weights["final_norm"], spec.norm_eps)


def lm_head(
    weights: Weights, x: Float[Array, "B T M"], *, precision: Precision = "highest"
) -> Float[Array, "B T V"]:
    """Score every token of the vocabulary; a tied model reuses the embedding table."""
    return linear(x, weights.get("lm_head", weights["embed"]), precision)


def forward(
    weights: Weights,
    spec: ModelSpec,
    ids: Ids,
    *,
    driver: Driver = loop,
    precision: Precision = "highest",
) -> Float[Array, "B T V"]:
    """Return the logits at every position, computed from scratch."""
    x = hidden_states(weights, spec, ids, driver=driver, precision=precision)
    return lm_head(weights, x, precision=precision)


@partial(jax.jit, static_argnames=("spec", "precision"))
def last_logits(
    weights: Weights,
    spec: ModelSpec,
    ids: Ids,
    *,
    last: Int[Array, ""] | int,
    precision: Precision = "highest",
) -> Float[Array, "B V"]:
    """Return the logits at one position; tokens after it may be padding."""
    x = hidden_states(weights, spec, ids, precision=precision)
    at_last = jax.lax.dynamic_slice_in_dim(x, last, 1, axis=1)
    return lm_head(weights, at_last, precision=precision)[:, 0]
