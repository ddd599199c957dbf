"""The KV cache in fewer bits: which values share a step, with a rotation before or without.

Keys have channels that are large in every token, values have not: so keys are rounded channel by
channel, over some tokens each, and values token by token (KIVI). Turning each head by a Hadamard
matrix spreads such a channel over all; both sides of a score turn alike, so the score stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from tokenworks.number import make_whole, shown, whole
from tokenworks.quantization.integer_grid import MOST_BITS

SHARED_BITS = 32  # a scale and a minimum in float16
STEPS = ("token", "channel")


@dataclass(frozen=True)
class KVGrid:
    """Bits of keys and values, and what shares a step: a token's head, or a channel's `group`.

    By channel, the last tokens that are no whole group yet stay as they are. Bits outside 2 to 8
    and another word than "token" and "channel" raise ValueError.
    """

    bits: int
    keys: str = "token"
    values: str = "token"
    rotated: bool = False
    group: int = 32  # tokens

    def __post_init__(self) -> None:
        object.__setattr__(self, "bits", whole(self.bits, "bits", least=2, most=MOST_BITS))
        make_whole(self, "group")
        for steps in (self.keys, self.values):
            if steps not in STEPS:
                raise ValueError(f'a step belongs to a "token" or a "channel", got {shown(steps)}')

    def bits_per_value(self, d_head: int) -> float:
        """Return the bits of a key or value with its share of scale and minimum, on average.

        Source: derived: 32 bits for each head of a token, or each group of a channel.
        """
        sizes = {"token": whole(d_head, "d_head"), "channel": self.group}
        shared = SHARED_BITS / sizes[self.keys] + SHARED_BITS / sizes[self.values]
        return self.bits + shared / 2


class Rows(NamedTuple):
    """Rows of codes, each with its scale and its minimum."""

    codes: Any  # UInt8 "*rows row"
    scales: Any  # Float "*rows 1", numbers of float16
    minimums: Any

    def values(self) -> Float[Array, "*rows row"]:
        """Return what the codes stand for."""
        return self.codes.astype(jnp.float32) * self.scales + self.minimums


def quantize_rows(x: Float[Array, "*rows row"], bits: int) -> Rows:
    """Round each row on the asymmetric grid from its least to its largest value.

    The same as `round_to_nearest` with a scale a channel, in JAX, for inside of a model. A minimum
    or step beyond float16's range makes the row NaN, where that raises ValueError.
    """
    most = 2**bits - 1
    low, high = x.min(axis=-1, keepdims=True), x.max(axis=-1, keepdims=True)
    scales, minimums = (_stored(each) for each in ((high - low) * (1 / most), low))
    inverse = jnp.where(scales == 0, 0, 1 / jnp.where(scales == 0, 1, scales))
    codes = jnp.clip(jnp.round((x - minimums) * inverse), 0, most)
    return Rows(codes.astype(jnp.uint8), scales, minimums)


def round_kv(
    k: Float[Array, "*B S K D"], v: Float[Array, "*B S K D"], grid: KVGrid
) -> tuple[Float[Array, "*B S K D"], Float[Array, "*B S K D"]]:
    """Return keys and values as they come back from a cache of this grid.

    Source: https://arxiv.org/abs/2402.02750 (KIVI: keys by channel, values by token);
    https://arxiv.org/abs/2404.00456 (QuaRot: rotated heads).
    """
    if grid.rotated:
        turn = jnp.asarray(hadamard(k.shape[-1]), k.dtype)  # its own inverse
        k, v = round_kv(k @ turn, v @ turn, replace(grid, rotated=False))
        return k @ turn, v @ turn
    return _round(k, grid, grid.keys), _round(v, grid, grid.values)


def hadamard(size: int) -> Float[np.ndarray, "size size"]:
    """Return the orthogonal matrix of entries ±1/√size; a size that is no power of 2: ValueError.

    Source: https://en.wikipedia.org/wiki/Hadamard_matrix (Sylvester's construction).
    """
    if whole(size, "size") & (size - 1):
        raise ValueError(f"a Hadamard matrix by doubling has a power of two as size, got {size}")
    found = np.ones((1, 1))
    while len(found) < size:
        found = np.kron([[1, 1], [1, -1]], found)
    return found / np.sqrt(size)


def _round(x: Float[Array, "*B S K D"], grid: KVGrid, steps: str) -> Float[Array, "*B S K D"]:
    if steps == "token":
        return quantize_rows(x, grid.bits).values().astype(x.dtype)
    whole_groups = x.shape[-3] - x.shape[-3] % grid.group
    done, rest = jnp.split(x, [whole_groups], axis=-3)
    grouped = done.reshape(*x.shape[:-3], -1, grid.group, *x.shape[-2:])
    rows = quantize_rows(jnp.moveaxis(grouped, -3, -1), grid.bits).values()
    back = jnp.moveaxis(rows, -1, -3).reshape(done.shape).astype(x.dtype)
    return jnp.concatenate([back, rest], axis=-3)


def _stored(numbers: Any) -> Any:
    return numbers.astype(jnp.float16).astype(jnp.float32)
