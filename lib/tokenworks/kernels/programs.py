"""The attentions that the TPU compiler is asked about, by name: a chapter shows what it says.

One layer of one sequence, 8 heads of 128 in bfloat16 under a causal mask, unless `about` says
otherwise. `benchmarks/record_attention_compiles.py` writes the answers down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.experimental.pallas.ops.tpu import flash_attention as jax_flash

from tokenworks.cost.attention_call import Tiles
from tokenworks.kernels import flash_pallas, naive, paged, paged_pallas
from tokenworks.tpu import Compiled, CompileError, compile_for

TILES, SMALL_TILES = Tiles(512, 512), Tiles(128, 128)
BLOCK = 16  # cells of a page
D_HEAD = 128


@dataclass(frozen=True)
class Program:
    """A function, and the shapes that it is compiled for."""

    about: str
    function: Callable[..., Any]
    shapes: tuple[jax.ShapeDtypeStruct, ...]

    def compile(self) -> Compiled:
        """Compile it for one chip of a v5e; `tokenworks.tpu` says what may be raised."""
        return compile_for(self.function, *self.shapes)


def said(program: Program) -> dict[str, Any]:
    """Return the row of data/attention_compiles.json: what the compiler says, or its refusal."""
    kinds = [f"{shape.dtype.name}{list(shape.shape)}" for shape in program.shapes]
    row = {"about": program.about, "shapes": kinds}
    try:
        compiled = asdict(program.compile())
    except CompileError as error:
        return {**row, "refused": str(error).splitlines()[0]}
    for name in ("text", "alias_bytes", "code_bytes"):
        del compiled[name]
    return {**row, **compiled, "vmem_arrays": list(compiled["vmem_arrays"][:1])}


def bare(q: Any, k: Any, v: Any, *, scale: float | None = None) -> Any:
    """Return softmax(QKᵀ)V of [H, T, D] without a mask, and without a scale unless one is given."""
    scores = jnp.einsum("htd,hsd->hts", q, k).astype(jnp.float32)
    probs = jax.nn.softmax(scores if scale is None else scores * scale, axis=-1)
    return jnp.einsum("hts,hsd->htd", probs.astype(q.dtype), v)


def by_jax(q: Any, k: Any, v: Any) -> Any:
    """Call the TPU kernel that comes with JAX, in tiles as large as ours, on [1, H, T, D]."""
    sizes = jax_flash.BlockSizes(
        block_q=TILES.q, block_k_major=TILES.kv, block_k=TILES.kv, block_b=1
    )
    scale = D_HEAD**-0.5
    return jax_flash.flash_attention(q, k, v, causal=True, sm_scale=scale, block_sizes=sizes)


def decode_paged(q: Any, *rest: Any) -> Any:
    """Call our paged kernel, 8 pages a step."""
    *pages, tables, lengths = rest
    return paged_pallas.paged_decode(
        q,
        tuple(pages),
        tables,
        lengths=lengths,
        sizes=paged_pallas.BlockSizes(8),
        precision=None,
        interpret=False,
    )


def decode_gathered(q: Any, *rest: Any) -> Any:
    """Gather the pages first, as plain JAX does."""
    *pages, tables, lengths = rest
    flat = tuple(each.reshape(-1, *each.shape[2:]) for each in pages)
    at = lengths[:, None] - 1
    return paged.paged_attention(
        q[:, None], flat, tables, positions=at, block_size=BLOCK, precision=None
    )


def _prompt(tokens: int) -> tuple[jax.ShapeDtypeStruct, ...]:
    return (jax.ShapeDtypeStruct((1, tokens, 8, D_HEAD), jnp.bfloat16),) * 3


def _heads_first(*axes: int) -> tuple[jax.ShapeDtypeStruct, ...]:
    return (jax.ShapeDtypeStruct((*axes, D_HEAD), jnp.bfloat16),) * 3


def _pool(sequences: int, tokens: int) -> tuple[jax.ShapeDtypeStruct, ...]:
    shape, entries = jax.ShapeDtypeStruct, tokens // BLOCK
    pages = shape((sequences * entries, BLOCK, 8, D_HEAD), jnp.bfloat16)
    tables, lengths = shape((sequences, entries), jnp.int32), shape((sequences,), jnp.int32)
    return shape((sequences, 32, D_HEAD), jnp.bfloat16), pages, pages, tables, lengths


_NAIVE = partial(naive.attention, precision=None)
_NATIVE = partial(flash_pallas.flash_attention_pallas, precision=None, interpret=False)
_FLASH, _SMALL = partial(_NATIVE, tiles=TILES), partial(_NATIVE, tiles=SMALL_TILES)
PROGRAMS = {
    "naive-1024": Program("naive, 1,024 tokens", _NAIVE, _prompt(1024)),
    "naive-4096": Program("naive, 4,096 tokens", _NAIVE, _prompt(4096)),
    "naive-16384": Program("naive, 16,384 tokens", _NAIVE, _prompt(16384)),
    "naive-65536": Program("naive, 65,536 tokens", _NAIVE, _prompt(65536)),
    "bare-4096": Program("no mask, no scale, heads first", bare, _heads_first(8, 4096)),
    "scaled-4096": Program(
        "no mask, heads first", partial(bare, scale=D_HEAD**-0.5), _heads_first(8, 4096)
    ),
    "flash-4096": Program("our flash kernel, 4,096 tokens", _FLASH, _prompt(4096)),
    "flash-16384": Program("our flash kernel, 16,384 tokens", _FLASH, _prompt(16384)),
    "flash-65536": Program("our flash kernel, 65,536 tokens", _FLASH, _prompt(65536)),
    "small-65536": Program("the same in tiles of 128", _SMALL, _prompt(65536)),
    "jax-4096": Program("JAX's flash kernel, heads first", by_jax, _heads_first(1, 8, 4096)),
    "gathered": Program(
        "one token of 8 sequences of 4,096, pages gathered first", decode_gathered, _pool(8, 4096)
    ),
    "paged": Program(
        "the same by our paged kernel, which follows the table", decode_paged, _pool(8, 4096)
    ),
}
