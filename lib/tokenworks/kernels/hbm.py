"""A memory that counts: every byte that an algorithm reads or writes, by array."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from tokenworks.cost.attention_call import Traffic

At = Any  # an index of NumPy: integers and slices


class Hbm:
    """Arrays by name, which an algorithm may only touch through `read` and `write`.

    A write counts the bytes of what is written: an accumulator's, or a finished value's.
    """

    def __init__(self, **arrays: np.ndarray) -> None:
        self._arrays = dict(arrays)
        self._read: Counter[str] = Counter()
        self._written: Counter[str] = Counter()
        self._flops = 0

    def __getitem__(self, name: str) -> np.ndarray:
        """Look at an array without counting: for whoever watches, not for the algorithm."""
        return self._arrays[name]

    def reserve(self, name: str, shape: tuple[int, ...], dtype: Any) -> None:
        """Set memory aside; it holds NaN (or −1) until it is written, and nothing moves."""
        empty = np.nan if np.issubdtype(dtype, np.floating) else -1
        self._arrays[name] = np.full(shape, empty, dtype)

    def read(self, name: str, at: At = ...) -> np.ndarray:
        """Bring a part of an array to the chip."""
        part = np.array(self._arrays[name][at])
        self._read[name] += part.nbytes
        return part

    def write(self, name: str, part: np.ndarray, at: At = ...) -> None:
        """Bring a part of an array back."""
        self._arrays[name][at] = part
        self._written[name] += part.nbytes

    def multiply(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return the matrix product of what is on the chip, two operations for each pair."""
        self._flops += 2 * a.size * b.shape[-1]
        return a @ b

    @property
    def traffic(self) -> Traffic:
        """What has moved so far, and the operations of the matrix products."""
        return Traffic(dict(self._read), dict(self._written), self._flops)
