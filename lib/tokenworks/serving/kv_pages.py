"""The KV cache in pages: every block of a `BlockPool` is a page of keys and values in each layer.

A cell holds the key and the value of one token. A layer's buffers hold the cells of all pages one
after another, and of one page more, the scratch page: padding writes there and reads from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int

from tokenworks.architecture import ModelSpec
from tokenworks.kernels.paged import Pages, gather

Copied: TypeAlias = tuple[Float[Array, "copied K D"], Float[Array, "copied K D"]]
HostPages: TypeAlias = tuple[Float[np.ndarray, "copied K D"], Float[np.ndarray, "copied K D"]]


def empty_pages(
    spec: ModelSpec, blocks: int, block_size: int, *, dtype: DTypeLike = jnp.float32
) -> list[Pages]:
    """Return every layer's pages, the scratch page included."""
    shape = ((blocks + 1) * block_size, spec.n_kv_heads, spec.d_head)
    return [(jnp.zeros(shape, dtype), jnp.zeros(shape, dtype)) for _ in range(spec.n_layers)]


def put(
    pages: Float[Array, "cells K D"], new: Float[Array, "T K D"], slot_mapping: Int[Array, " T"]
) -> Float[Array, "cells K D"]:
    """Write the keys or values of new tokens, each into its cell, in the format of the cache."""
    return pages.at[slot_mapping].set(new.astype(pages.dtype))


@partial(jax.jit, static_argnames=("block_size",))
def copy_out(pages: list[Pages], table: Int[Array, " pages"], *, block_size: int) -> list[Copied]:
    """Return the pages of one block table, in every layer: what a swap copies out."""
    return jax.tree.map(lambda layer: gather(layer, table[None], block_size)[0], pages)


@partial(jax.jit, static_argnames=("block_size",), donate_argnames=("pages",))
def copy_in(
    pages: list[Pages],
    table: Int[Array, " pages"],
    kept: list[Copied] | list[HostPages],
    *,
    block_size: int,
) -> list[Pages]:
    """Write pages back to the blocks of a table: what a swap copies in."""
    cells = _cells(table, block_size)
    return jax.tree.map(lambda layer, new: put(layer, new, cells), pages, kept)


@partial(jax.jit, static_argnames=("block_size",), donate_argnames=("pages",))
def copy_within(
    pages: list[Pages],
    sources: Int[Array, " copied"],
    targets: Int[Array, " copied"],
    *,
    block_size: int,
) -> list[Pages]:
    """Copy pages over others, all at once: what copy-on-write does before a step."""
    cells = _cells(targets, block_size)
    return jax.tree.map(
        lambda layer: put(layer, gather(layer, sources[None], block_size)[0], cells), pages
    )


def _cells(table: Int[Array, " pages"], block_size: int) -> Int[Array, " cells"]:
    return (table[:, None] * block_size + jnp.arange(block_size)).reshape(-1)


class HostStore:
    """The pages of swapped-out requests in the host's memory."""

    def __init__(self, pages: Sequence[Pages], blocks: int, block_size: int) -> None:
        self.block_size = block_size
        self._layers = jax.tree.map(
            lambda layer: np.zeros((blocks * block_size, *layer.shape[1:]), layer.dtype),
            list(pages),
        )

    def write(self, blocks: Sequence[int], pages: list[Copied]) -> None:
        """Copy the first pages to these host blocks; pages beyond them are padding."""
        cells = self._cells(blocks)

        def copy(kept: np.ndarray, layer: Array) -> None:
            kept[cells] = np.asarray(layer)[: cells.size]

        jax.tree.map(copy, self._layers, pages)

    def read(self, blocks: Sequence[int], pages: int) -> list[HostPages]:
        """Return these host blocks, padded with zeros to a number of pages."""
        cells = self._cells(blocks)
        missing = pages * self.block_size - cells.size

        def padded(kept: np.ndarray) -> np.ndarray:
            return np.pad(kept[cells], ((0, missing), (0, 0), (0, 0)))

        return jax.tree.map(padded, self._layers)

    def _cells(self, blocks: Sequence[int]) -> np.ndarray:
        starts = np.asarray(blocks, np.int64)[:, None] * self.block_size
        return (starts + np.arange(self.block_size)).reshape(-1)
