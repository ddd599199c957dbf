"""Attention over a cache in pages, in plain JAX: for chips without a kernel of their own.

A page has `block_size` cells, and a cell holds the key (or value) of one token. A sequence's block
table names its pages in order: token t is in cell t mod block_size of page table[t // block_size].
Source: https://arxiv.org/abs/2309.06180 (section 4.1).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float, Int

from tokenworks.kernels.naive import Precision, attention

Pages: TypeAlias = tuple[Float[Array, "cells K D"], Float[Array, "cells K D"]]


def paged_attention(
    q: Float[Array, "B T H D"],
    pages: Pages,
    tables: Int[Array | np.ndarray, "B pages"],
    *,
    positions: Int[Array, "B T"],
    block_size: int,
    precision: Precision,
) -> Float[Array, "B T H D"]:
    """Attend from each query to the tokens at its position and before it, wherever they lie.

    Cells after a sequence's last query are ignored: another sequence may have left NaN there.
    A position beyond its table raises ValueError, unless it is traced.

    The pages are gathered into one piece first, which a kernel written for a chip need not do.
    benchmarks/attention.py measures what that costs, beside a loop over the pages.
    """
    if not isinstance(positions, Tracer):
        last, held = int(positions.max()), tables.shape[1] * block_size
        if last >= held:
            raise ValueError(f"position {last} lies beyond a block table of {held} tokens")
    keys, values = (gather(each, tables, block_size) for each in pages)
    lengths = positions.max(axis=1) + 1
    return attention(q, keys, values, positions=positions, lengths=lengths, precision=precision)


def gather(
    pages: Float[Array, "cells K D"], tables: Int[Array | np.ndarray, "B pages"], block_size: int
) -> Float[Array, "B S K D"]:
    """Read the pages of each sequence in the order of its block table."""
    shape = pages.shape[1:]
    found = pages.reshape(-1, block_size, *shape)[tables]
    return found.reshape(tables.shape[0], -1, *shape)
