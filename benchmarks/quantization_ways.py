"""Rows of the table of quantization beside rounded weights: activations, the KV cache, pruning.

Weights are those of the file, norms where they are: they hold the loud channels down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from tokenworks.quantization.calibration import quantize_layers
from tokenworks.quantization.evaluation import States, states_of
from tokenworks.quantization.folding import MATRICES, NORMS
from tokenworks.quantization.kv_grid import KVGrid
from tokenworks.quantization.pruning import prune_magnitude, prune_two_of_four
from tokenworks.quantization.smoothquant import int8_layer, outlier_layer, smooth_layer

if TYPE_CHECKING:
    from benchmarks.quantization import Bench, Run

STRENGTH, THRESHOLD = 0.5, 6.0
FOLDED = {
    "norms": tuple(NORMS),  # as published
    "norms and w_down": (*NORMS, "w_down"),
}
CACHES = {
    "KV int8, per token": KVGrid(8),
    "KV int4, per token": KVGrid(4),
    "KV int4, per token, rotated": KVGrid(4, rotated=True),
    "KV int4, keys per channel": KVGrid(4, keys="channel"),
}


def other_ways() -> dict[str, Run]:
    """Return the rows by name."""
    layers: dict[str, Callable[..., Any]] = {
        "W8A8, a scale a token": lambda b, layer, inputs: int8_layer(layer),
        "W8A8, static": lambda b, layer, inputs: int8_layer(layer, inputs),
    }
    for what, readers in FOLDED.items():
        layers[f"W8A8, static, SmoothQuant over {what}"] = _smoothed(readers)
    layers["W8A8, outliers in floats"] = lambda b, layer, inputs: outlier_layer(
        layer, inputs, threshold=THRESHOLD
    )
    found: dict[str, Run] = {name: _by_layer(way) for name, way in layers.items()}
    for name, grid in CACHES.items():
        found[name] = lambda b, _, grid=grid: states_of(b.weights, b.lm.spec, kv=grid)
    found["pruned, half by magnitude"] = _changed(lambda w: prune_magnitude(w, 0.5))
    found["pruned, 2 of 4"] = _changed(prune_two_of_four)
    return found


def _smoothed(readers: tuple[str, ...]) -> Callable[..., Any]:
    def way(b: Bench, layer: Any, inputs: Any) -> Any:
        spec = b.lm.spec
        return int8_layer(
            *smooth_layer(layer, inputs, spec=spec, strength=STRENGTH, readers=readers)
        )

    return way


def _by_layer(way: Callable[..., Any]) -> Run:
    def method(b: Bench, _: dict[str, Any]) -> States:
        weights = quantize_layers(
            b.weights,
            b.lm.spec,
            b.calibration,
            quantize_layer=lambda layer, inputs: way(b, layer, inputs),
            sequential=False,
        )
        return states_of(weights, b.lm.spec)

    return method


def _changed(change: Callable[[Any], Any]) -> Run:
    def method(b: Bench, _: dict[str, Any]) -> States:
        layers = [
            layer | {name: jnp.asarray(change(layer[name]), jnp.float32) for name in MATRICES}
            for layer in b.weights["layers"]
        ]
        return states_of({**b.weights, "layers": layers}, b.lm.spec)

    return method
