"""GPTQ: round one column after another, and let the columns to come make up for the error.

For outputs W·x judged by squares, the Hessian of every row is H = Σ x xᵀ. Rounding column q by e
moves the columns not yet rounded by -e · H⁻¹[q, rest] / H⁻¹[q, q], H⁻¹ being the inverse over what
is left. All these rows stand in one matrix: U, upper triangular, with H⁻¹ = Uᵀ U.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int, Integer

from tokenworks.model.layers import Layer
from tokenworks.number import Number, bounded
from tokenworks.quantization.calibration import Inputs, moments
from tokenworks.quantization.folding import READERS
from tokenworks.quantization.integer_grid import Grid, Quantized, fit_scales, nearest_codes, spread

BLOCK = 128  # columns whose error is handed on to those behind them in one product


@dataclass(eq=False)
class _Rounding:
    """The codes so far, with the scales of each column."""

    grid: Grid
    order: Int[np.ndarray, " in"]
    codes: Integer[np.ndarray, "out in"]
    scales: Float[np.ndarray, "rows in"]
    minimums: Float[np.ndarray, "rows in"] | None
    refit: int  # columns in a group whose scales are fitted when its turn comes; 0: before all

    def fit(self, at: int, left: Float[np.ndarray, "in out"]) -> None:
        """Fit the scales of the group that begins here, on its weights as they are by now."""
        if self.refit and at % self.refit == 0:
            here = slice(at, at + self.refit)
            self.scales[:, here], minimums = fit_scales(left[here].T, self.grid)
            if self.minimums is not None:
                self.minimums[:, here] = minimums

    def column(self, at: int, weights: Float[np.ndarray, " out"]) -> Float[np.ndarray, " out"]:
        """Round a column, keep its codes, and return the values that they stand for."""
        place = slice(self.order[at], self.order[at] + 1)
        scales = self.scales[:, place]
        minimums = None if self.minimums is None else self.minimums[:, place]
        codes = nearest_codes(weights[:, None], scales, minimums, grid=self.grid)
        self.codes[:, place] = codes
        return (codes * scales + (0 if minimums is None else minimums))[:, 0]

    def result(self, groups: int) -> Quantized:
        """Return the whole matrix."""
        first = slice(None, None, self.codes.shape[1] // groups)
        minimums = None if self.minimums is None else self.minimums[:, first]
        return Quantized(self.codes, self.scales[:, first], minimums, self.grid)


def gptq_matrix(
    weights: Float[Any, "out in"],
    second: Float[Any, "_ _"],
    grid: Grid,
    *,
    damping: Number = 0.01,
    act_order: bool = True,
) -> Quantized:
    """Return the matrix quantized so that its outputs change little, by inputs' second moments.

    `damping` is the share of the mean of H's diagonal that is added to it. `act_order`: the columns
    with the largest inputs first, on scales fitted before; without it columns go from left to
    right, and a group's scales are fitted when its turn comes. Moments of another size, not finite,
    or all 0 raise ValueError.

    Source: https://arxiv.org/abs/2210.17323 (algorithm 1); https://github.com/IST-DASLab/gptq
    (act-order, static groups).
    """
    left, hessian, rounding = _prepared(weights, second, grid, damping=damping, act_order=act_order)
    rows = inverse_rows(hessian)
    block = rounding.refit or BLOCK
    for start in range(0, len(rows), block):
        stop = min(start + block, len(rows))
        rounding.fit(start, left)
        errors = np.empty((stop - start, left.shape[1]))
        for at in range(start, stop):
            error = (left[at] - rounding.column(at, left[at])) / rows[at, at]
            left[at:stop] -= np.outer(rows[at, at:stop], error)
            errors[at - start] = error
        left[stop:] -= rows[start:stop, stop:].T @ errors
    return rounding.result(grid.groups(len(rows)))


def gptq_oracle(
    weights: Float[Any, "out in"],
    second: Float[Any, "_ _"],
    grid: Grid,
    *,
    damping: Number = 0.01,
    act_order: bool = True,
) -> Quantized:
    """Return what `gptq_matrix` does, the inverse over what is left written out at each column.

    Source: https://arxiv.org/abs/2208.11580 (equations 3 and 4, the order given).
    """
    left, hessian, rounding = _prepared(weights, second, grid, damping=damping, act_order=act_order)
    inverse = np.linalg.inv(hessian)
    for at in range(len(hessian)):
        rounding.fit(at, left)
        error = (left[at] - rounding.column(at, left[at])) / inverse[0, 0]
        left[at:] -= np.outer(inverse[0], error)
        inverse = (inverse - np.outer(inverse[:, 0], inverse[0]) / inverse[0, 0])[1:, 1:]
    return rounding.result(grid.groups(len(hessian)))


def inverse_rows(hessian: Float[np.ndarray, "in in"]) -> Float[np.ndarray, "in in"]:
    """Return U, upper triangular, with UᵀU = H⁻¹: row q is H⁻¹[q, q:] / √H⁻¹[q, q] of what is left.

    Source: https://arxiv.org/abs/2210.17323 (section 3, step 3).
    """
    return np.linalg.cholesky(np.linalg.inv(hessian)).T


def _prepared(weights: Any, second: Any, grid: Grid, *, damping: Any, act_order: bool) -> Any:
    """Return weights [in, out] and Hessian in the order of rounding, and nothing rounded yet."""
    exact, given = np.array(weights, np.float64), np.asarray(second, np.float64)
    scales, minimums = fit_scales(exact, grid)
    inputs = exact.shape[1]
    if given.shape != (inputs, inputs) or not np.isfinite(given).all() or not given.any():
        raise ValueError(f"second moments must be {inputs} × {inputs}, finite and not all 0")
    share = bounded(damping, "damping", above=True)
    hessian = given + share * np.trace(given) / inputs * np.eye(inputs)
    order = np.argsort(-np.diag(given), kind="stable") if act_order else np.arange(inputs)
    codes = nearest_codes(exact, scales, minimums, grid=grid)
    rounding = _Rounding(
        grid=grid,
        order=order,
        codes=codes,
        scales=spread(scales, inputs).copy(),
        minimums=None if minimums is None else spread(minimums, inputs).copy(),
        refit=0 if act_order or isinstance(grid.group, str) else grid.group,
    )
    return exact.T[order], hessian[np.ix_(order, order)], rounding


def gptq_layer(
    layer: Layer,
    inputs: Inputs,
    *,
    grid: Grid,
    act_order: bool = True,
    first_weight: Number = 1,
) -> Layer:
    """Return the layer with every matrix quantized by GPTQ.

    The first token of each window counts `first_weight` times, 0 leaves it out: all others attend
    to it, and counted once among hundreds its outputs are kept no better than by rounding.
    """
    weight = bounded(first_weight, "first_weight")
    found = {}
    for reader, names in READERS.items():
        first, rest = moments(inputs[reader][:, :1]), moments(inputs[reader], skip=1)
        second = weight * first.second + rest.second
        for name in names:
            found[name] = gptq_matrix(layer[name], second, grid, act_order=act_order).values()
    return layer | {name: jnp.asarray(value, jnp.float32) for name, value in found.items()}
