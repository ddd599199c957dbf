"""Flash attention of a prompt as a TPU kernel: tiles in VMEM, scores never in HBM.

The grid is (batch, query head, query tile, key tile). The last runs innermost, and Pallas fetches
the blocks of the next step while one is computed. On a CPU the kernel is interpreted. A GPU has
no VMEM: there, `kernels.flash` is the path. Source: https://arxiv.org/abs/2307.08691 (algorithm 1).
"""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import tpu as pltpu
from jaxtyping import Array, Float, Int

from tokenworks.cost.attention_call import AttentionCall, Tiles
from tokenworks.cost.tiles import ON_TPU, tile_sram
from tokenworks.kernels import vmem
from tokenworks.kernels.naive import Precision, check


def flash_attention_pallas(
    q: Float[Array, "B T H D"],
    k: Float[Array, "B S K D"],
    v: Float[Array, "B S K D"],
    *,
    tiles: Tiles,
    causal: bool = True,
    window: int | None = None,
    soft_cap: float | None = None,
    lengths: Int[Array, " B"] | None = None,
    precision: Precision,
    interpret: bool | None = None,
) -> Float[Array, "B T H D"]:
    """Return what `naive.attention` returns; T and S need not be multiples of the tiles.

    Query head h reads key-value head h // G by its index alone: no head is copied. Key tiles that
    no query of a tile sees are neither fetched nor computed. `interpret` is None for "on a CPU".
    There is no gradient here: `kernels.flash` has one.
    """
    check(q, k, lengths=lengths, window=window, soft_cap=soft_cap)
    require_vmem(q, k, tiles)
    whole = jnp.full(q.shape[0], k.shape[1])
    used = whole if lengths is None else jnp.minimum(lengths, whole)
    plan = _Plan(tiles, q.shape[1], k.shape[1], causal, window, soft_cap, precision)
    heads_first = (_rows(q, tiles.q), _rows(k, tiles.kv), _rows(v, tiles.kv))
    out = _attend(plan, used.astype(jnp.int32), heads_first, interpret=vmem.interpreted(interpret))
    return out[:, :, : q.shape[1]].swapaxes(1, 2)


def vmem_bytes(call: AttentionCall, tiles: Tiles) -> float:
    """Return the VMEM that a kernel of these tiles takes: the tiles, and what the compiler spills.

    Source: derived: cost.tiles.tile_sram, with two buffers of each block, and vmem.SPILL.
    """
    parts = tile_sram(call, tiles, layout=ON_TPU)
    return sum(parts.values()) + vmem.SPILL * parts["S"]


def require_vmem(q: Float[Array, "B T H D"], k: Float[Array, "B S K D"], tiles: Tiles) -> None:
    """Raise ValueError for tiles beyond VMEM; it names the largest powers of two that fit."""
    call = _call(q, k)
    if (needed := vmem_bytes(call, tiles)) <= vmem.LIMIT_BYTES:
        return
    powers = [2**n for n in range(4, 15)]
    smaller = (Tiles(a, b) for a, b in product(powers, repeat=2) if a <= tiles.q and b <= tiles.kv)
    fitting = [t for t in smaller if vmem_bytes(call, t) <= vmem.LIMIT_BYTES]
    largest = max(fitting, key=lambda t: (t.q * t.kv, t.q), default=None)
    hint = f"the largest that fits is {largest.q} × {largest.kv}" if largest else "none fits"
    taken = f"tiles of {tiles.q} × {tiles.kv} take {needed:,.0f} bytes of VMEM"
    raise ValueError(f"{taken}, a kernel has {vmem.LIMIT_BYTES:,}: {hint}")


class _Plan(NamedTuple):
    """What the kernel knows before it runs: tiles, true lengths, and who sees whom."""

    tiles: Tiles
    queries: int
    keys: int
    causal: bool
    window: int | None
    soft_cap: float | None
    precision: Precision

    def key_tiles(self, i: Any, used: Any) -> tuple[Any, Any]:
        """Return the first key tile that query tile i sees, and the one after the last."""
        low = self.keys - self.queries + i * self.tiles.q
        high = low + self.tiles.q  # behind the last query
        first, end = 0, used
        if self.causal:
            end = jnp.minimum(end, high)
        if self.window is not None:
            first = jnp.maximum(low - self.window + 1, 0)
            end = jnp.minimum(end, high + self.window - 1)
        width = self.tiles.kv
        return jax.lax.div(first, width), vmem.up(jnp.maximum(end, 0), width)

    def fetched(self, i: Any, j: Any, used: Any) -> Any:
        """Return the key tile to hold at step j; where j sees none, the one held already."""
        first, end = self.key_tiles(i, used)
        return jnp.clip(j, first, jnp.maximum(end - 1, first))

    def seen(self, i: Any, j: Any, used: Any) -> Any:
        """Return for each score of a tile whether it counts."""
        shape = (self.tiles.q, self.tiles.kv)
        before = self.keys - self.queries
        query = jax.lax.broadcasted_iota(jnp.int32, shape, 0) + i * self.tiles.q + before
        key = jax.lax.broadcasted_iota(jnp.int32, shape, 1) + j * self.tiles.kv
        seen = key < used
        if self.causal:
            seen &= key <= query
        return seen if self.window is None else seen & (jnp.abs(query - key) < self.window)


def _attend(plan: _Plan, used: Any, arrays: tuple[Any, Any, Any], *, interpret: bool) -> Any:
    """Run the kernel on q, k and v as [B, H, T, D], whole tiles long; return O likewise."""
    q, k, _ = arrays
    (batch, heads, rows, d_head), (_, kv_heads, cached, _) = q.shape, k.shape
    group, tiles = heads // kv_heads, plan.tiles

    def held_keys(*at: Any) -> tuple[Any, ...]:
        b, h, i, j, used_smem = at
        return b, jax.lax.div(h, group), plan.fetched(i, j, used_smem[b]), 0

    queries = pl.BlockSpec((None, None, tiles.q, d_head), lambda b, h, i, j, _: (b, h, i, 0))
    keys = pl.BlockSpec((None, None, tiles.kv, d_head), held_keys)
    return pl.pallas_call(
        partial(_kernel, plan),
        out_shape=jax.ShapeDtypeStruct(q.shape, q.dtype),
        grid_spec=pltpu.PrefetchScalarGridSpec(
            num_scalar_prefetch=1,
            grid=(batch, heads, rows // tiles.q, cached // tiles.kv),
            in_specs=[queries, keys, keys],
            out_specs=queries,
            scratch_shapes=vmem.scratch(tiles.q, d_head),
        ),
        interpret=interpret,
    )(used, *arrays)


def _kernel(plan: _Plan, used_smem: Any, *refs: Any) -> None:
    q_vmem, k_vmem, v_vmem, o_vmem, *state_scratch = refs
    state = tuple(state_scratch)
    i, j = pl.program_id(2), pl.program_id(3)
    used = used_smem[pl.program_id(0)]
    first, end = plan.key_tiles(i, used)

    @pl.when(j == 0)
    def start() -> None:
        vmem.clear(state)

    @pl.when((first <= j) & (j < end))
    def update() -> None:
        scores = vmem.scores_of(q_vmem[...], k_vmem[...], plan.soft_cap, precision=plan.precision)
        scores = jnp.where(plan.seen(i, j, used), scores, -jnp.inf)
        row = jax.lax.broadcasted_iota(jnp.int32, v_vmem.shape, 0) + j * plan.tiles.kv
        values = jnp.where(row < used, v_vmem[...], 0)  # a weight of 0 lets a NaN through
        vmem.update(state, scores, values, precision=plan.precision)

    @pl.when(j == pl.num_programs(3) - 1)
    def finish() -> None:
        vmem.finish(state, o_vmem)


def _call(q: Float[Array, "B T H D"], k: Float[Array, "B S K D"]) -> AttentionCall:
    """Describe the call for its tiles: each query head passes K and V by, whoever else does."""
    return AttentionCall(
        queries=q.shape[1],
        keys=k.shape[1],
        heads=q.shape[2],
        kv_heads=k.shape[2],
        d_head=q.shape[3],
        bytes_per_value=q.dtype.itemsize,
        causal=False,
        share_kv=False,
    )


def _rows(x: Any, tile: int) -> Any:
    """Put heads before tokens and zeros behind them, to whole tiles."""
    return jnp.pad(x.swapaxes(1, 2), ((0, 0), (0, 0), (0, -x.shape[1] % tile), (0, 0)))
