"""AWQ: columns that read large activations are multiplied before rounding, which protects them.

A step of a group's grid stays about as large when a few columns grow by s, so the error of those
columns, divided by s afterwards, shrinks. s is a power of the mean of |x| by channel; the power is
found by trying. Nothing is left to do at run time: the division goes into what makes the input.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from tokenworks.architecture import ModelSpec
from tokenworks.model.layers import Layer
from tokenworks.number import Number, whole
from tokenworks.quantization.calibration import Inputs, moments, squared_outputs
from tokenworks.quantization.folding import READERS, fold_scales, round_layer
from tokenworks.quantization.integer_grid import Grid, round_to_nearest

LEAST = 1e-4  # of a channel's mean: a channel that is silent here may not be elsewhere


def awq_layer(
    layer: Layer, inputs: Inputs, *, spec: ModelSpec, grid: Grid, powers: int = 20
) -> Layer:
    """Return the layer with its columns scaled by `awq_scales`, then rounded to nearest."""
    found = awq_scales(layer, inputs, spec=spec, grid=grid, powers=powers)
    return round_layer(scale_layer(layer, found, spec), grid)


def awq_scales(
    layer: Layer, inputs: Inputs, *, spec: ModelSpec, grid: Grid, powers: int = 20
) -> dict[str, Float[np.ndarray, " in"]]:
    """Return the best scales for each input of a layer, of so many powers from 0 to below 1.

    Left out of the method: clipping, whose search its authors add. A number of powers that is not
    whole or below 1 raises ValueError.
    Source: https://arxiv.org/abs/2306.00978 (section 3.2); https://github.com/mit-han-lab/llm-awq.
    """
    tried = np.arange(whole(powers, "powers")) / powers
    best = {}
    for reader, names in READERS.items():
        seen = moments(inputs[reader])
        mean_abs = shared_in_kv_groups(seen.mean_abs, spec) if reader == "wo" else seen.mean_abs
        matrices = [np.asarray(layer[name], np.float64) for name in names]
        choices = [channel_scales(mean_abs, power) for power in tried]
        errors = [scaled_error(matrices, seen.second, scales, grid=grid) for scales in choices]
        best[reader] = choices[int(np.argmin(errors))].astype(np.float32)
    return best


def scale_layer(
    layer: Layer, scales: dict[str, Float[np.ndarray, " in"]], spec: ModelSpec
) -> Layer:
    """Return the same layer with the scales of every input folded in."""
    for reader, each in scales.items():
        layer = fold_scales(layer, reader, each, spec=spec)
    return layer


def channel_scales(mean_abs: Float[np.ndarray, " in"], power: Number) -> Float[np.ndarray, " in"]:
    """Return the scale of each channel: its mean to a power, the largest times the smallest = 1.

    Source: https://arxiv.org/abs/2306.00978 (equation 5); the norming is that of its code.
    """
    raised = np.maximum(mean_abs, LEAST) ** power
    return raised / np.sqrt(raised.max() * raised.min())


def scaled_error(
    matrices: list[Float[np.ndarray, "_ in"]],
    second: Float[np.ndarray, "in in"],
    scales: Float[np.ndarray, " in"],
    *,
    grid: Grid,
) -> float:
    """Return Σ|(Q(W·s)/s - W) x|² of matrices that read one input, by its second moments."""
    total = 0.0
    for exact in matrices:
        change = round_to_nearest(exact * scales, grid).values() / scales - exact
        total += squared_outputs(change, second)
    return total


def shared_in_kv_groups(
    channels: Float[np.ndarray, " in"], spec: ModelSpec
) -> Float[np.ndarray, " in"]:
    """Return each channel of the heads' outputs as the mean over the heads that share its KV head.

    Their scales are one row's of wv, so one number must do for all of them.
    """
    heads: Any = channels.reshape(spec.n_kv_heads, -1, spec.d_head)
    return np.broadcast_to(heads.mean(axis=1, keepdims=True), heads.shape).reshape(-1)
