"""How the columns that are not yet rounded make up for the error of one that is: GPTQ's step."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case, list_apart


def _column(rng: Random) -> Case:
    size = rng.randrange(3, 7)
    weights = [round(rng.gauss(0, 1), 3) for _ in range(size)]
    column = rng.randrange(size - 1)
    value = round(weights[column] + rng.choice([-1, 1]) * rng.uniform(0.05, 0.4), 2)
    return (weights, _positive(rng, size), column, value)


def _positive(rng: Random, size: int) -> list[list[float]]:
    """Draw a symmetric positive definite matrix: G·Gᵀ and something on the diagonal."""
    g = [[rng.gauss(0, 1) for _ in range(size)] for _ in range(size)]
    rows = [[sum(a * b for a, b in zip(r, c, strict=True)) for c in g] for r in g]
    return [[round(x + (i == j), 3) for j, x in enumerate(row)] for i, row in enumerate(rows)]


INVERSE = [
    [2.0, 0.8, -0.4, 0.2],
    [0.8, 1.6, 0.6, -0.3],
    [-0.4, 0.6, 2.5, 0.5],
    [0.2, -0.3, 0.5, 1.2],
]
SHIFT = "w - error * inverse[column][j]"
MOVED = "value, *behind[column + 1 :]"


@exercise(
    3,
    examples=(
        Example(
            ([1.0, 2.0, 0.5], [[2.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]], 0, 0.5),
            "[0.5, 1.75, 0.5]",
        ),
    ),
    cases=(
        ([0.9, -0.3, 0.6, 1.4], INVERSE, 0, 1.0),
        ([1.0, -0.3, 0.6, 1.4], INVERSE, 1, -0.5),
        ([1.0, -0.5, 0.72, 1.4], INVERSE, 2, 0.5),
        ([0.31, 0.12, -0.44], [[1.5, -0.6, 0.3], [-0.6, 1.1, 0.2], [0.3, 0.2, 0.9]], 0, 0.4),
        ([0.4, 0.12, -0.44], [[1.5, -0.6, 0.3], [-0.6, 1.1, 0.2], [0.3, 0.2, 0.9]], 1, 0.0),
    ),
    draw=_column,
    mistakes=(
        Mistake(
            "the other direction",
            (SHIFT, "w + error * inverse[column][j]"),
            "The columns to come have to take the error back, not double it: mind the sign.",
        ),
        Mistake(
            "not divided by the diagonal",
            (" / inverse[column][column]", ""),
            "The error is divided by the entry of the inverse on the diagonal, that of the rounded "
            "column.",
        ),
        Mistake(
            "each column's own diagonal",
            (
                (" / inverse[column][column]", ""),
                (SHIFT, "w - error / inverse[j][j] * inverse[column][j]"),
            ),
            "The error is divided by the diagonal entry of the column that was rounded, the same "
            "for all that move.",
        ),
        Mistake(
            "columns that are done move too",
            ("[*weights[:column], ", "[*behind[:column], "),
            "The columns before are rounded already and stay on their levels.",
        ),
        Mistake(
            "only the next column moves",
            (MOVED, "value, *behind[column + 1 : column + 2], *weights[column + 2 :]"),
            "Every column to come takes its part.",
        ),
        Mistake(
            "rounded and no more",
            (MOVED, "value, *weights[column + 1 :]"),
            "That is rounding to nearest. The columns to come can make up for the error.",
        ),
        Mistake(
            "the column is not rounded",
            (MOVED, "*weights[column : column + 1], *behind[column + 1 :]"),
            "The column itself becomes its rounded value.",
        ),
    ),
    unit="",
    distance=list_apart,
)
def round_column(weights, inverse, column, value):
    """One column of GPTQ.

    A row of `weights` is rounded from left to right. Those before `column` are done. The one at
    `column` becomes `value`, and its error, old less new, is divided by the diagonal entry of
    `inverse` there. Each later weight then moves by minus this number times the entry of `inverse`
    in the row of `column` and its own column. `inverse` is the inverse of the Hessian over the
    columns that are not done; its other entries are not to be used. Return the new row.

    Example: the row 1, 2, 0.5 is rounded to 0.5 at column 0. With 2, 1, 0 in the first row of the
    inverse it becomes `[0.5, 1.75, 0.5]`.
    """
    error = (weights[column] - value) / inverse[column][column]
    behind = [w - error * inverse[column][j] for j, w in enumerate(weights)]
    return [*weights[:column], value, *behind[column + 1 :]]
