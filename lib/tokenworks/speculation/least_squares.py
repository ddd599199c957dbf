"""The best linear map from one kind of vector to another, in closed form: a draft in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from tokenworks.number import Number, bounded


@dataclass
class LeastSquares:
    """Sums over pairs (x, y), from which the map is solved; the pairs themselves are not kept.

    An intercept is fitted beside the matrix. The penalty (ridge) is a share of the mean square of
    x's components: it says how much a direction must vary before it is used.
    """

    width_in: int
    width_out: int
    count: int = 0
    _gram: np.ndarray = field(init=False, repr=False)
    _cross: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._gram = np.zeros((self.width_in + 1, self.width_in + 1))
        self._cross = np.zeros((self.width_in + 1, self.width_out))

    def add(self, x: Float[np.ndarray, "pairs I"], y: Float[np.ndarray, "pairs O"]) -> None:
        """Count more pairs; rows that do not belong together raise ValueError."""
        if x.shape != (len(y), self.width_in) or y.shape[1] != self.width_out:
            raise ValueError(
                f"x must have {self.width_in} columns and y {self.width_out}, with a row each for "
                f"every pair; got {x.shape} and {y.shape}"
            )
        extended = np.concatenate([x, np.ones((len(x), 1), x.dtype)], axis=1).astype(np.float32)
        self._gram += extended.T @ extended
        self._cross += extended.T @ y.astype(np.float32)
        self.count += len(x)

    def solve(
        self, ridge: Number = 1e-3
    ) -> tuple[Float[np.ndarray, "O I"], Float[np.ndarray, " O"]]:
        """Return the matrix, stored [out, in], and the intercept.

        Without a pair, or with a penalty of 0 or less, it raises ValueError.
        """
        bounded(ridge, "ridge", above=True)
        if self.count == 0:
            raise ValueError("no pairs were added: there is nothing to fit")
        penalty = ridge * np.trace(self._gram[:-1, :-1]) / self.width_in
        damped = self._gram + np.diag([*np.full(self.width_in, penalty), 0.0])
        solved = np.linalg.solve(damped, self._cross).astype(np.float32)
        return solved[:-1].T.copy(), solved[-1]
