"""Products with weights of 8 or 4 bits as a TPU kernel: integers come from HBM, floats never do.

The grid is (tile of outputs, some groups of inputs); the second runs innermost and adds up. A tile
of integers is widened in VMEM, so what crosses HBM is the integers, their scales, and the rows.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import pallas as pl
from jax.experimental.pallas import tpu as pltpu
from jaxtyping import Array, Float, Shaped

from tokenworks.kernels import vmem
from tokenworks.number import whole
from tokenworks.quantization.integer_grid import Quantized

WIDTHS = {"int8": 8, "int4": 4}
STEP_CODES = 2**20  # at most, in one step: enough for the fetch of the next to hide behind
Rows = Float[Array, "B in"]
Groups = Float[Array, "out groups"]


def low_bit_matmul(
    x: Rows,
    codes: Shaped[Array, "out in"],
    scales: Groups,
    *,
    minimums: Groups | None = None,
    tile: int = 512,
    interpret: bool | None = None,
) -> Float[Array, "B out"]:
    """Return x · Wᵀ for W = codes · scale (+ minimum), codes of the type int8 or int4.

    `tile` outputs are computed at a time, on a TPU a multiple of 128 or all. Codes of another type,
    groups that do not divide a row, and tiles beyond VMEM raise ValueError. `interpret` is None for
    "on a CPU".
    """
    group, tile = _group(codes, scales), min(whole(tile, "tile"), codes.shape[0])
    count = _groups_a_step(scales.shape[1], tile * group)
    width = count * group
    _require_memory(x, codes, width, tile=tile)
    shared = [scales] if minimums is None else [scales, minimums]
    by_group = [each.T[:, None] for each in shared]  # [groups, 1, out]: outputs along the lanes
    return pl.pallas_call(
        partial(_kernel, group),
        out_shape=jax.ShapeDtypeStruct((x.shape[0], codes.shape[0]), x.dtype),
        grid=(pl.cdiv(codes.shape[0], tile), codes.shape[1] // width),
        in_specs=[
            pl.BlockSpec((x.shape[0], width), lambda i, j: (0, j)),
            pl.BlockSpec((tile, width), lambda i, j: (i, j)),
            *[pl.BlockSpec((count, 1, tile), lambda i, j: (j, 0, i)) for _ in shared],
        ],
        out_specs=pl.BlockSpec((x.shape[0], tile), lambda i, j: (0, i)),
        scratch_shapes=[pltpu.VMEM((x.shape[0], tile), jnp.float32)],
        interpret=vmem.interpreted(interpret),
    )(x, codes, *by_group)


def widened_product(
    x: Rows, codes: Shaped[Array, "out in"], scales: Groups, *, minimums: Groups | None = None
) -> Float[Array, "B out"]:
    """Return the same with W written out in float32 first: the oracle."""
    group = _group(codes, scales)
    weights = codes.astype(jnp.float32) * jnp.repeat(scales, group, axis=1)
    if minimums is not None:
        weights += jnp.repeat(minimums, group, axis=1)
    return jnp.einsum("bi,oi->bo", x.astype(jnp.float32), weights, precision="highest")


def operands(matrix: Quantized) -> tuple[Any, Any, Any]:
    """Return codes, scales and minimums of a matrix as the kernel takes them.

    Codes of an asymmetric grid, from 0 on, are shifted to signed ones, and their minimums with
    them. Bits other than 8 and 4 raise ValueError.
    """
    bits = matrix.grid.bits
    kinds = {8: jnp.int8, 4: jnp.int4}
    if bits not in kinds:
        raise ValueError(f"a TPU's memory holds integers of 8 and of 4 bits, got {bits} bits")
    out, scales = matrix.codes.shape[0], jnp.asarray(matrix.scales)
    scales = jnp.broadcast_to(scales, (out, scales.shape[1]))
    if matrix.minimums is None:
        return jnp.asarray(matrix.codes).astype(kinds[bits]), scales, None
    half = 2 ** (bits - 1)
    codes = jnp.asarray(matrix.codes.astype(np.int16) - half).astype(kinds[bits])
    return (
        codes,
        scales,
        jnp.broadcast_to(jnp.asarray(matrix.minimums), scales.shape) + half * scales,
    )


def _kernel(group: int, x_vmem: Any, codes_vmem: Any, *refs: Any) -> None:
    scales_vmem, *minimums_vmem, out_vmem, sum_scratch = refs

    @pl.when(pl.program_id(1) == 0)
    def start() -> None:
        sum_scratch[...] = jnp.zeros_like(sum_scratch)

    across = (((1,), (1,)), ((), ()))
    for g in range(scales_vmem.shape[0]):
        x = x_vmem[:, g * group : (g + 1) * group]
        widened = codes_vmem[:, g * group : (g + 1) * group].astype(x.dtype)
        part = jax.lax.dot_general(x, widened, across, preferred_element_type=jnp.float32)
        part *= scales_vmem[g].astype(jnp.float32)
        for minimum in minimums_vmem:  # one, or none: Σ x · minimum
            row_sums = x.astype(jnp.float32).sum(axis=1, keepdims=True)
            part += row_sums * minimum[g].astype(jnp.float32)
        sum_scratch[...] += part

    @pl.when(pl.program_id(1) == pl.num_programs(1) - 1)
    def finish() -> None:
        out_vmem[...] = sum_scratch[...].astype(out_vmem.dtype)


def _group(codes: Any, scales: Any) -> int:
    if codes.dtype.name not in WIDTHS:
        raise ValueError(f"codes are int8 or int4, got {codes.dtype.name}")
    if codes.shape[1] % scales.shape[1]:
        raise ValueError(
            f"{scales.shape[1]} groups do not divide a row of {codes.shape[1]}: "
            "scales are [out, groups]"
        )
    return codes.shape[1] // scales.shape[1]


def _groups_a_step(groups: int, codes: int) -> int:
    """Return how many groups a step takes: a divisor of all, with at most STEP_CODES codes."""
    fitting = [n for n in range(1, groups + 1) if groups % n == 0 and n * codes <= STEP_CODES]
    return max(fitting, default=1)


def _require_memory(x: Any, codes: Any, width: int, *, tile: int) -> None:
    """Raise ValueError for more outputs at a time than VMEM holds; it names a number that fits."""
    sizes = [1 << n for n in range(tile.bit_length() - 1, 6, -1) if 1 << n < tile]
    needed = {n: _vmem_bytes(x, codes, width, tile=n) for n in [tile, *sizes]}
    if needed[tile] > vmem.LIMIT_BYTES:
        fits = next((n for n, size in needed.items() if size <= vmem.LIMIT_BYTES), "none")
        taken = f"tiles of {tile} outputs by {width} inputs take {needed[tile]:,.0f} bytes of VMEM"
        raise ValueError(f"{taken}, a kernel has {vmem.LIMIT_BYTES:,}: the largest is {fits}")


def _vmem_bytes(x: Any, codes: Any, width: int, *, tile: int) -> float:
    """Return the VMEM of a step: rows, codes and result in two buffers each, and the sums.

    Source: derived: as kernels.paged_pallas, where rows are padded to 8 × 128; libtpu 0.0.52 took
    1 % more, and nothing for the widened codes, which it makes while it multiplies.
    """
    rows, wide = vmem.padded(x.shape[0], 8), vmem.padded(width, vmem.LANES)
    tile, value = vmem.padded(tile, vmem.LANES), x.dtype.itemsize
    held = 2 * tile * wide * WIDTHS[codes.dtype.name] // 8 + 4 * rows * tile
    return 1.01 * (held + 2 * rows * (wide + tile) * value)
