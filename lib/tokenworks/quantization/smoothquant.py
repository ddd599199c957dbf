"""Layers with activations in 8 bits: as they are, smoothed, or with their outliers kept apart.

SmoothQuant moves the difficulty: a channel that is large in the activations is divided, its column
of the matrix multiplied, which leaves what the model computes as it is and both easier to round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from tokenworks.architecture import ModelSpec
from tokenworks.model.layers import Layer
from tokenworks.number import Number, bounded
from tokenworks.quantization.calibration import Inputs
from tokenworks.quantization.folding import NORMS, READERS, fold_scales
from tokenworks.quantization.int8_products import MOST, int8_matrix, outlier_matrix

LEAST = 1e-5  # of a largest value: a silent channel is not divided by 0


def int8_layer(layer: Layer, inputs: Inputs | None = None) -> Layer:
    """Return the layer with all its products of 8-bit integers.

    With `inputs` of calibration texts all tokens share a scale that their largest value sets
    (static); without, each token has its own (dynamic). Inputs that are all 0 raise ValueError.
    Source: https://arxiv.org/abs/2211.10438 (section 3, table 2).
    """
    made = dict(layer)
    for reader, names in READERS.items():
        scale = None if inputs is None else float(np.abs(inputs[reader]).max()) / MOST
        made |= {name: int8_matrix(layer[name], scale) for name in names}
    return made


def smooth_layer(
    layer: Layer,
    inputs: Inputs,
    *,
    spec: ModelSpec,
    strength: Number = 0.5,
    readers: Iterable[str] = NORMS,
) -> tuple[Layer, Inputs]:
    """Return the same layer with channels divided and columns multiplied, and its inputs then.

    Folded are inputs that come from a norm, as the method does; name others to fold more. A
    strength outside 0 to 1 raises ValueError.
    Source: https://arxiv.org/abs/2211.10438 (section 4: migration strength).
    """
    smoothed: dict[str, Any] = dict(inputs)
    for reader, largest in largest_by_channel({name: inputs[name] for name in readers}).items():
        columns = np.max([np.abs(layer[name]).max(axis=0) for name in READERS[reader]], axis=0)
        scales = smoothing_scales(largest, columns, strength)
        layer = fold_scales(layer, reader, scales, spec=spec)
        smoothed[reader] = np.asarray(inputs[reader]) / scales
    return layer, smoothed


def smoothing_scales(
    activations: Float[np.ndarray, " in"], weights: Float[np.ndarray, " in"], strength: Number
) -> Float[np.ndarray, " in"]:
    """Return what each channel is divided by: max|x|^α / max|w|^(1 - α), with α the strength.

    At 0.5 channel and column have the same largest value afterwards, at 1 all channels have 1.
    Source: https://arxiv.org/abs/2211.10438 (equation 4).
    """
    α = bounded(strength, "strength", most=1)
    scales = np.maximum(activations, LEAST) ** α / np.maximum(weights, LEAST) ** (1 - α)
    return scales.astype(np.float32)


def outlier_layer(layer: Layer, inputs: Inputs, *, threshold: Number = 6.0) -> Layer:
    """Return the layer in 8 bits with the channels that reach the threshold kept in floats.

    Source: https://arxiv.org/abs/2208.07339 (LLM.int8(); here the channels are those of the
    calibration texts).
    """
    made = dict(layer)
    for reader, largest in largest_by_channel(inputs).items():
        split = {
            name: outlier_matrix(layer[name], largest, threshold=threshold)
            for name in READERS[reader]
        }
        made |= split
    return made


def largest_by_channel(inputs: Mapping[str, Any]) -> dict[str, Float[np.ndarray, " in"]]:
    """Return each channel's largest |x|, by the first matrix that reads it."""
    flat = {name: np.asarray(each) for name, each in inputs.items()}
    return {name: np.abs(x).reshape(-1, x.shape[-1]).max(axis=0) for name, x in flat.items()}
