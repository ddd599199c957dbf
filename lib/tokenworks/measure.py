"""Yardsticks of the machine at hand, for the cells that predict and then measure."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import jax
import numpy as np

MATRIX_BYTES = 512 * 10**6  # far beyond any cache, so that memory itself is measured


def read_bytes_per_s(*, rounds: int = 5) -> float:
    """Measure the bytes per second that one matrix-vector product streams from memory.

    NumPy on a CPU, JAX elsewhere; the median of the rounds.
    """
    side = int((MATRIX_BYTES / 4) ** 0.5)
    matrix = np.ones((side, side), dtype=np.float32)
    vector = np.ones(side, dtype=np.float32)
    if jax.default_backend() == "cpu":
        return matrix.nbytes / median_seconds(lambda: matrix @ vector, rounds=rounds)
    multiply = jax.jit(lambda a, v: a @ v)
    a, v = jax.device_put(matrix), jax.device_put(vector)
    return matrix.nbytes / median_seconds(lambda: multiply(a, v).block_until_ready(), rounds=rounds)


def multiply_flops_per_s(*, side: int = 2048, rounds: int = 5) -> float:
    """Measure the float32 operations per second of one large matrix product in JAX."""
    matrix = jax.device_put(np.ones((side, side), dtype=np.float32))
    multiply = jax.jit(lambda a: jax.numpy.matmul(a, a, precision="highest"))
    return 2 * side**3 / median_seconds(lambda: multiply(matrix).block_until_ready(), rounds=rounds)


def median_seconds(action: Callable[[], object], *, rounds: int = 5) -> float:
    """Time an action several times after one warm-up run, and return the median in seconds."""
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, got {rounds}")
    action()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
