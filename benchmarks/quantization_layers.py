"""Layers quantized for the record, with the error of every matrix beside that of rounding."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from tokenworks.architecture import ModelSpec
from tokenworks.model.layers import Layer
from tokenworks.quantization.awq import awq_scales, scale_layer
from tokenworks.quantization.calibration import Inputs, moments, squared_outputs
from tokenworks.quantization.folding import READERS, round_layer
from tokenworks.quantization.gptq import gptq_layer
from tokenworks.quantization.integer_grid import Grid

TOKENS = ("all", "first", "rest")  # of the calibration: each, the first of each window, the others


@dataclass
class LayerErrors:
    """Relative squared errors of outputs, matrix after matrix: of the method and of rounding.

    By the tokens that they are taken over.
    """

    by_tokens: dict[str, dict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: {"method": [], "RTN": []})
    )

    def add(self, exact: Layer, inputs: Inputs, *, quantized: dict[str, Layer]) -> None:
        """Keep the errors of a layer's matrices, of both the method and rounding."""
        for reader, names in READERS.items():
            first, second = inputs[reader][:, 0], moments(inputs[reader], skip=1).second
            for name in names:
                matrix = np.asarray(exact[name], np.float64)
                of = squares(matrix, first, second)
                for kind, layer in quantized.items():
                    found = squares(np.asarray(layer[name]) - matrix, first, second) / of
                    for tokens, value in zip(TOKENS, found, strict=True):
                        self.by_tokens[tokens][kind].append(float(f"{value:.4g}"))


def squares(matrix: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Σ|matrix · x|² over all tokens, the first ones, the rest by their second moments."""
    of_first = float(np.sum((first.astype(np.float64) @ matrix.T) ** 2))
    of_rest = squared_outputs(matrix, second)
    return np.array([of_first + of_rest, of_first, of_rest])


def gptq(
    layer: Layer, inputs: Inputs, *, errors: LayerErrors, grid: Grid, first_weight: float
) -> Layer:
    """Return a layer by GPTQ."""
    found = gptq_layer(layer, inputs, grid=grid, first_weight=first_weight)
    errors.add(layer, inputs, quantized={"method": found, "RTN": round_layer(layer, grid)})
    return found


def awq(layer: Layer, inputs: Inputs, *, errors: LayerErrors, grid: Grid, spec: ModelSpec) -> Layer:
    """Return a layer by AWQ; its errors are taken with the scales undone."""
    scales = awq_scales(layer, inputs, spec=spec, grid=grid)
    found = round_layer(scale_layer(layer, scales, spec), grid)
    undone = scale_layer(found, {reader: 1 / each for reader, each in scales.items()}, spec)
    errors.add(layer, inputs, quantized={"method": undone, "RTN": round_layer(layer, grid)})
    return found
