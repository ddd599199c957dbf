"""Weight matrices that are not stored as plain [out, in] arrays, and the trees that hold them.

`layers.linear` lets each multiply by itself, so the model's code runs a tree of any kind unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax.numpy as jnp
from jaxtyping import Array, Float

from tokenworks.kernels.naive import Precision
from tokenworks.model.weights import Weights

NIBBLE = 4  # bits: two share a byte


@runtime_checkable
class StoredMatrix(Protocol):
    """A matrix [out, in] that is stored in a way of its own, and multiplies by itself."""

    def product(self, x: Any, precision: Precision) -> Any:
        """Return x · Wᵀ, [.., in] to [.., out]."""
        ...


class Transposed(NamedTuple):
    """A matrix stored [in, out].

    A CPU multiplies several rows by it at once in little more time than one: the columns that XLA's
    kernel packs together lie side by side, where of an [out, in] matrix they stand apart.
    Measured in benchmarks/verify_pass.py.
    """

    columns: Any  # Float "in out"

    def product(self, x: Any, precision: Precision) -> Any:
        """Return x · Wᵀ."""
        return jnp.einsum("bti,io->bto", x, self.columns, precision=precision)


class Packed(NamedTuple):
    """A matrix of 8 or 4-bit integers: w = scale · integer, and a minimum more where there is one.

    Integers of 4 bits lie two in a byte, those of the row's first half in the low bits. Of signed
    integers a byte is signed. `quantization.packing` makes them.
    """

    integers: Any  # Int8 or UInt8 "out in", or half as wide
    scales: Any  # Float "rows groups": rows is out, or 1 for a scale a matrix
    minimums: Any = None  # Float "rows groups", or None: 0

    def product(self, x: Any, precision: Precision) -> Any:
        """Return x · Wᵀ, of floats that XLA writes out first or makes while it multiplies."""
        weight = unpacked(self, x.shape[-1]).astype(x.dtype)
        return jnp.einsum("bti,oi->bto", x, weight, precision=precision)


def unpacked(matrix: Packed, inputs: int) -> Float[Array, "out in"]:
    """Return the matrix as floats; `inputs` is its width."""
    integers = matrix.integers
    if integers.shape[-1] != inputs:
        low = jnp.right_shift(jnp.left_shift(integers, NIBBLE), NIBBLE)  # keeps the sign
        integers = jnp.concatenate([low, jnp.right_shift(integers, NIBBLE)], axis=-1)

    def spread(groups: Any) -> Any:
        return jnp.repeat(groups, inputs // groups.shape[-1], axis=-1)

    found = integers.astype(matrix.scales.dtype) * spread(matrix.scales)
    return found if matrix.minimums is None else found + spread(matrix.minimums)


def transpose_weights(weights: Weights) -> Weights:
    """Return the tree with every matrix stored [in, out], for passes over several tokens.

    The embedding table stays as it is, for looking up; a tied head gets a copy of it.
    """
    return converted(weights, lambda weight: Transposed(jnp.array(weight.T)))


def converted(weights: Weights, convert: Callable[[Any], Any]) -> Weights:
    """Return the tree with every matrix converted, the head too; norms and embedding stay."""
    layers = [
        {name: convert(value) if value.ndim == 2 else value for name, value in layer.items()}
        for layer in weights["layers"]
    ]
    head = convert(weights.get("lm_head", weights["embed"]))
    return {**weights, "layers": layers, "lm_head": head}
