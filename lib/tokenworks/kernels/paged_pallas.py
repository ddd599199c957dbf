"""Attention of one new token over a cache in pages, as a TPU kernel that follows the block table.

The grid is (sequence, group of pages). Tables and lengths come first, into scalar memory: there
the index map of a block reads which page to fetch next. A page comes in one piece, with all its
heads; every query meets the keys of every head, and the scores of foreign heads are masked: the
matrix unit has time to spare and the memory has not.
Source: https://arxiv.org/abs/2309.06180 (section 4.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.experimental import pallas as pl
from jax.experimental.pallas import tpu as pltpu
from jaxtyping import Array, Float, Int

from tokenworks.kernels import vmem
from tokenworks.kernels.naive import Precision, check
from tokenworks.number import make_whole

Pages: TypeAlias = tuple[Float[Array, "pages block K D"], Float[Array, "pages block K D"]]
Whole: TypeAlias = Array | np.ndarray
SMEM_LIMIT_BYTES = 2**20 - 2**11  # of a v5e's scalar memory; the compiler wants some itself


@dataclass(frozen=True)
class BlockSizes:
    """How many pages of a sequence one step of the kernel takes in."""

    pages: int

    def __post_init__(self) -> None:
        make_whole(self, "pages")


def paged_decode(
    q: Float[Array, "B H D"],
    pages: Pages,
    tables: Int[Whole, "B table"],
    *,
    lengths: Int[Whole, " B"],
    sizes: BlockSizes,
    soft_cap: float | None = None,
    precision: Precision,
    interpret: bool | None = None,
) -> Float[Array, "B H D"]:
    """Attend from each sequence's one query to its `lengths` tokens, wherever their pages lie.

    Entries of a table behind its last used page are never followed, cells behind the last token
    never counted. An impossible length or entry raises ValueError, unless it is traced; an idle row
    of a compiled step, of length 0, gets zeros. `interpret` is None for "on a CPU".
    """
    keys, _ = pages
    check(q[:1, None], keys[:1], soft_cap=soft_cap)
    _check_tables(tables, lengths, keys)
    (count, block, kv_heads, d_head), heads = keys.shape, q.shape[1]
    plan = _Plan(sizes.pages, block, kv_heads, heads // kv_heads, soft_cap, precision)
    _require_memory(plan, q, tables)
    scalars = jnp.asarray(tables, jnp.int32), jnp.asarray(lengths, jnp.int32)
    rows = tuple(each.reshape(count, block * kv_heads, d_head) for each in pages)
    return _attend(plan, scalars, (q, *rows), interpret=vmem.interpreted(interpret))


class _Plan(NamedTuple):
    """What the kernel knows before it runs."""

    pages: int  # that a step takes in
    block: int  # tokens of a page
    kv_heads: int
    group: int  # query heads that share one of them
    soft_cap: float | None
    precision: Precision

    def page(self, at: int, j: Any, used: Any) -> Any:
        """Return which entry of the table to hold as page `at` of step j.

        It is always a used one: where step j has none left, the page of an earlier step stays.
        """
        last = jnp.maximum(vmem.up(used, self.block) - 1, 0)
        steps = jax.lax.div(jnp.maximum(last - at, 0), self.pages)
        return jnp.minimum(jnp.minimum(j, steps) * self.pages + at, last)

    def tokens(self, j: Any, shape: Any, axis: int) -> Any:
        """Return for each row of step j (or column of scores) the token that it belongs to."""
        row = jax.lax.broadcasted_iota(jnp.int32, shape, axis)
        return j * self.pages * self.block + jax.lax.div(row, self.kv_heads)

    def own(self, shape: Any) -> Any:
        """Return for each score whether the key is of the query's own head."""
        query, row = (jax.lax.broadcasted_iota(jnp.int32, shape, axis) for axis in (0, 1))
        return jax.lax.div(query, self.group) == jax.lax.rem(row, self.kv_heads)

    def vmem_bytes(self, d_head: int, value: int) -> int:
        """Return the VMEM of q, O, the pages (two buffers of each), m, l, O and the scores.

        Source: derived: as cost.tiles.tile_sram, where rows are padded to 8 × 128.
        """
        heads, width = vmem.padded(self.group * self.kv_heads, 8), vmem.padded(d_head, vmem.LANES)
        rows = self.pages * vmem.padded(self.block * self.kv_heads, 8)
        blocks = 2 * 2 * (heads + rows) * width * value
        return blocks + 4 * heads * (2 * vmem.LANES + width + vmem.padded(rows, vmem.LANES))


def _attend(plan: _Plan, scalars: Any, arrays: Any, *, interpret: bool) -> Any:
    """Run the kernel; a page of keys or values is [block · K, D]."""
    (tables, _), (q, keys, values) = scalars, arrays
    batch, heads, d_head = q.shape

    def held_page(at: int, b: Any, j: Any, *smem: Any) -> tuple[Any, ...]:
        tables_smem, lengths_smem = smem
        entry = tables_smem[b, plan.page(at, j, lengths_smem[b])]
        return jnp.where(lengths_smem[b] > 0, entry, 0), 0, 0

    queries = pl.BlockSpec((None, heads, d_head), lambda b, j, *_: (b, 0, 0))
    fetch = [
        pl.BlockSpec((None, *keys.shape[1:]), partial(held_page, at)) for at in range(plan.pages)
    ]
    return pl.pallas_call(
        partial(_kernel, plan),
        out_shape=jax.ShapeDtypeStruct(q.shape, q.dtype),
        grid_spec=pltpu.PrefetchScalarGridSpec(
            num_scalar_prefetch=2,
            grid=(batch, pl.cdiv(tables.shape[1], plan.pages)),
            in_specs=[queries, *fetch, *fetch],
            out_specs=queries,
            scratch_shapes=vmem.scratch(heads, d_head),
        ),
        interpret=interpret,
    )(*scalars, q, *[keys] * plan.pages, *[values] * plan.pages)


def _kernel(plan: _Plan, _: Any, lengths_smem: Any, q_vmem: Any, *refs: Any) -> None:
    k_vmem, v_vmem = refs[: plan.pages], refs[plan.pages : 2 * plan.pages]
    o_vmem, *state_scratch = refs[2 * plan.pages :]
    state = tuple(state_scratch)
    j, used = pl.program_id(1), lengths_smem[pl.program_id(0)]

    @pl.when(j == 0)
    def start() -> None:
        vmem.clear(state)

    @pl.when(j * plan.pages * plan.block < used)
    def update() -> None:
        keys, values = (jnp.concatenate([r[...] for r in refs]) for refs in (k_vmem, v_vmem))
        scores = vmem.scores_of(q_vmem[...], keys, plan.soft_cap, precision=plan.precision)
        seen = plan.own(scores.shape) & (plan.tokens(j, scores.shape, 1) < used)
        values = jnp.where(plan.tokens(j, values.shape, 0) < used, values, 0)
        scores = jnp.where(seen, scores, -jnp.inf)
        vmem.update(state, scores, values, precision=plan.precision)

    @pl.when(j == pl.num_programs(1) - 1)
    def finish() -> None:
        vmem.finish(state, o_vmem)


def _require_memory(plan: _Plan, q: Any, tables: Any) -> None:
    """Raise ValueError for tables beyond scalar memory and for more pages a step than VMEM holds.

    It names the largest number of pages that fits.
    """
    rows, entries = vmem.padded(tables.shape[0], 8), vmem.padded(tables.shape[1], vmem.LANES)
    if 4 * rows * (entries + 1) > SMEM_LIMIT_BYTES:
        raise ValueError(
            f"{tables.shape[0]} block tables of {tables.shape[1]} entries take more than the "
            f"{SMEM_LIMIT_BYTES:,} bytes of scalar memory: call it for parts of the batch"
        )
    sizes = range(plan.pages, 0, -1)
    needed = [plan._replace(pages=n).vmem_bytes(q.shape[2], q.dtype.itemsize) for n in sizes]
    if needed[0] > vmem.LIMIT_BYTES:
        fits = (n for n, size in zip(sizes, needed, strict=True) if size <= vmem.LIMIT_BYTES)
        taken = f"{plan.pages} pages a step take {needed[0]:,} bytes of VMEM"
        hint = f"the largest number that fits is {next(fits, 'none')}"
        raise ValueError(f"{taken}, a kernel has {vmem.LIMIT_BYTES:,}: {hint}")


def _check_tables(tables: Any, lengths: Any, keys: Any) -> None:
    """Raise ValueError for lengths beyond their tables and for pages that do not exist."""
    if isinstance(tables, Tracer) or isinstance(lengths, Tracer):
        return
    count, block = keys.shape[:2]
    tables, lengths = np.asarray(tables), np.asarray(lengths)
    if not np.all((lengths > 0) & (lengths <= tables.shape[1] * block)):
        held = f"from 1 to {tables.shape[1] * block}: {tables.shape[1]} pages of {block} tokens"
        raise ValueError(f"a block table holds lengths {held}; got {lengths.tolist()}")
    used = np.arange(tables.shape[1]) * block < lengths[:, None]
    if not np.all((tables[used] >= 0) & (tables[used] < count)):
        raise ValueError(f"a block table names a page that is not among the {count} there are")
