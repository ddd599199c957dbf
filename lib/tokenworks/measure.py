"""Yardsticks of the machine at hand, for the cells that predict and then measure."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from tokenworks.accelerator import Chip
from tokenworks.model import GREEDY, LanguageModel, generate
from tokenworks.model.cache import advance_all, decode, empty_cache, prefill
from tokenworks.model.weights import Weights
from tokenworks.number import whole

MATRIX_BYTES = 512 * 10**6  # far beyond any cache, so that memory itself is measured
SIDES = (
    2048,
    4096,
)  # of square products: a CPU may be faster on the small one, an accelerator on the large
CHAINED = 32  # products in one program on an accelerator, where starting a program takes long
ONCE = "TOKENWORKS_MEASURE_ONCE"  # set where cells must run but nobody reads their times
UNREAD_SIDE = 256  # of the matrices then: what they take means nothing


def this_machine(*, rounds: int = 5) -> Chip:
    """Measure the machine at hand as a Chip: what it reads and what it multiplies in a second.

    Its rates are the best of the rounds, as roofs should be, and not a data sheet's; reading is
    the better of NumPy and JAX, multiplying the best of `SIDES`. Takes some seconds on a laptop.
    """
    kind, side = jax.default_backend(), _memory_side()
    reading = 4 * side**2 / matmul_seconds([1], side=side, rounds=rounds)[1]
    return Chip(
        name="this-machine",
        label=f"this {kind.upper()}",
        vendor=jax.devices()[0].device_kind,
        kind=kind,
        usable_bytes=_memory_bytes(),
        hbm_bytes_per_s=max(read_bytes_per_s(rounds=rounds, timer=best_seconds), reading),
        bf16_flops_per_s=_most_flops_per_s("bfloat16", rounds),
        fp32_flops_per_s=_most_flops_per_s("float32", rounds),
        source="measured here",
        accessed=str(date.today()),
    )


def median_seconds(action: Callable[[], object], *, rounds: int = 5) -> float:
    """Time an action several times after one warm-up run, and return the median in seconds."""
    return statistics.median(_seconds(action, rounds))


def best_seconds(action: Callable[[], object], *, rounds: int = 5) -> float:
    """Time an action `rounds` times, for half a second at least, and return the shortest time.

    Whatever else runs on a machine only adds time, so the shortest is nearest to the action's own.
    """
    return min(_seconds(action, rounds, at_least=0.5))


def rounds_read(rounds: int) -> int:
    """Return how often to time an action: once where nobody reads the times."""
    rounds = whole(rounds, "rounds")
    return 1 if ONCE in os.environ else rounds


Timer = Callable[..., float]


def read_bytes_per_s(*, rounds: int = 5, timer: Timer = median_seconds) -> float:
    """Measure the bytes per second that one matrix-vector product streams from memory.

    NumPy on a CPU, JAX elsewhere.
    """
    side = _memory_side()
    if jax.default_backend() != "cpu":
        return 4 * side**2 / matmul_seconds([1], side=side, rounds=rounds, timer=timer)[1]
    matrix = np.ones((side, side), dtype=np.float32)
    vector = np.ones(side, dtype=np.float32)
    return matrix.nbytes / timer(lambda: matrix @ vector, rounds=rounds)


def multiply_flops_per_s(
    *, side: int = 2048, rounds: int = 5, dtype: str = "float32", timer: Timer = median_seconds
) -> float:
    """Measure the operations per second of one large matrix product in JAX."""
    seconds = matmul_seconds([side], side=side, dtype=dtype, rounds=rounds, timer=timer)[side]
    return 2 * side**3 / seconds


def _most_flops_per_s(dtype: str, rounds: int) -> float:
    """Return the best rate of products of several sizes: a roof is above all of them."""
    rates = (
        multiply_flops_per_s(side=side, rounds=rounds, dtype=dtype, timer=best_seconds)
        for side in SIDES
    )
    return max(rates)


def matmul_seconds(
    rows: Sequence[int],
    *,
    side: int,
    dtype: str = "float32",
    rounds: int = 5,
    timer: Timer = best_seconds,
) -> dict[int, float]:
    """Time the product of this many rows and one square matrix, for each number of rows.

    Random numbers, because some chips draw less power on equal ones and then run faster.
    """
    side = min(side, UNREAD_SIDE) if ONCE in os.environ else side
    draw = np.random.default_rng(0)
    matrix = jnp.asarray(_normal(draw, side, side) / side**0.5, dtype)
    repeats = 1 if jax.default_backend() == "cpu" else CHAINED

    @jax.jit
    def chain(x: jax.Array, matrix: jax.Array) -> jax.Array:
        product = partial(jnp.matmul, precision="highest")
        return jax.lax.fori_loop(0, repeats, lambda _, x: product(x, matrix), x)

    def seconds(count: int) -> float:
        x = jnp.asarray(_normal(draw, count, side), dtype)
        run = timer(lambda: chain(x, matrix).block_until_ready(), rounds=rounds)
        return run / repeats

    return {count: seconds(count) for count in rows}


def timed_step_seconds(
    lm: LanguageModel, context_tokens: int, *, rounds: int = 10
) -> dict[str, float]:
    """Time one decode step three ways: its matrices alone, compiled as a whole, and generated."""
    ids = [i % lm.spec.vocab_size for i in range(context_tokens)]
    matrices = [leaf for leaf in jax.tree.leaves(lm.fused) if leaf.ndim == 2]
    vectors = [jnp.full(matrix.shape[1], 0.1) for matrix in matrices]
    products = jax.jit(lambda ms, vs: [m @ v for m, v in zip(ms, vs, strict=True)])
    cache = [prefill(lm.fused, lm.spec, ids)[1]]  # a step consumes it and hands on a new one

    def step() -> jax.Array:
        logits, cache[0] = decode(lm.fused, lm.spec, 1, cache=cache[0], position=len(ids))
        return logits

    def best(action: Callable[[], object]) -> float:
        return best_seconds(lambda: jax.block_until_ready(action()), rounds=rounds)

    def answer(tokens: int) -> float:
        return best_seconds(
            lambda: generate(lm, ids, max_tokens=tokens, sampling=GREEDY, ignore_eos=True),
            rounds=min(rounds, 5),
        )

    return {
        "its matrices alone": best(lambda: products(matrices, vectors)),
        "the compiled step": best(step),
        "a step of generate": (answer(33) - answer(1)) / 32,
    }


def timed_pass_seconds(
    lm: LanguageModel,
    widths: Sequence[int],
    *,
    weights: Weights | None = None,
    cached_tokens: int = 100,
    rounds: int = 10,
) -> dict[int, float]:
    """Time one pass over each number of new tokens behind a cache; the shortest of the rounds.

    Returns seconds by width: what checking guesses costs. `weights` are the model's by default.
    """
    weights = lm.fused if weights is None else weights

    def timed(width: int) -> float:
        cache = [empty_cache(lm.spec, cached_tokens + width)]  # a pass hands it on
        ids, start = np.full((1, width), 5, np.int32), np.int32(cached_tokens)

        def one_pass() -> jax.Array:
            found = advance_all(weights, lm.spec, ids, cache=cache[0], start=start)
            cache[0] = found.cache
            return jax.block_until_ready(found.logits)

        return best_seconds(one_pass, rounds=rounds)

    return {width: timed(width) for width in widths}


def _seconds(action: Callable[[], object], rounds: int, *, at_least: float = 0.0) -> list[float]:
    rounds = rounds_read(rounds)
    at_least = 0.0 if ONCE in os.environ else at_least
    action()
    times: list[float] = []
    while len(times) < rounds or sum(times) < at_least:
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return times


def _memory_side() -> int:
    """Return the side of the float32 matrix that is read to measure memory."""
    return UNREAD_SIDE if ONCE in os.environ else int((MATRIX_BYTES / 4) ** 0.5)


def _normal(draw: np.random.Generator, *shape: int) -> np.ndarray:
    return draw.standard_normal(shape, dtype=np.float32)


def _memory_bytes() -> int:
    """Return the accelerator's memory as its runtime reports it, or the machine's own."""
    stats = jax.devices()[0].memory_stats() or {}
    return stats.get("bytes_limit") or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
