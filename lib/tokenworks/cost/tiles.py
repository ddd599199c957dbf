"""Tiles of a flash attention: what must be on the chip at once, what fits, what moves least."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tokenworks.cost.attention import Order, flash_traffic
from tokenworks.cost.attention_call import AttentionCall, Tiles, query_tiles
from tokenworks.cost.domain import Count, Positive, physical
from tokenworks.number import Number

ACCUMULATORS = ("O", "S", "m", "l")


@dataclass(frozen=True)
class Layout:
    """How a kernel lays its tiles out on the chip.

    With 2 `buffers` the next tile arrives while one is used: Q, K, V and the finished O have two
    each. Rows are padded to `lanes` values. The arrays named in `registers` take none of the SRAM
    and must fit into `register_bytes`.
    """

    buffers: int = 1
    lanes: int = 1
    registers: tuple[str, ...] = ()
    register_bytes: Number = math.inf


PLAIN = Layout()  # the textbook: one of each, all in one memory
# What tensor cores add up stays in registers: 65,536 of 4 bytes an SM, on A100 and H100 alike.
# Source: https://docs.nvidia.com/cuda/cuda-c-programming-guide/ (compute capabilities).
ON_GPU = Layout(registers=ACCUMULATORS, register_bytes=65_536 * 4)
ON_TPU = Layout(buffers=2, lanes=128)  # as Pallas pipelines blocks through VMEM


def _live(call: AttentionCall, tiles: Tiles, layout: Layout) -> dict[str, Number]:
    """Return the bytes of everything that must be live at once, wherever it stands."""
    rows, value, each = tiles.q * call.group, call.bytes_per_value, call.accumulator_bytes
    width, keys = _padded(call.d_head, layout.lanes), _padded(tiles.kv, layout.lanes)
    moved = layout.buffers * width * value
    live = {"Q": rows * moved, "K": tiles.kv * moved, "V": tiles.kv * moved}
    live |= {"O": rows * width * each, "S": rows * keys * each}
    live |= dict.fromkeys(("m", "l"), rows * layout.lanes * each)
    return live | ({"out": rows * moved} if layout.buffers > 1 else {})


def _padded(values: int, lanes: int) -> int:
    return -(-values // lanes) * lanes


def tile_sram(call: AttentionCall, tiles: Tiles, *, layout: Layout = PLAIN) -> dict[str, Number]:
    """Return the bytes that must be in the SRAM at once, by name.

    Q, K, V tiles in the format of the values; the unfinished O, the tile S (P takes its place),
    m and l as accumulators; with two buffers also the finished O's, "out". A group that shares K
    and V has a row for each of its heads.
    Source: https://arxiv.org/abs/2205.14135 (algorithm 1, lines 6 to 12).
    """
    live = _live(call, tiles, layout)
    return {name: size for name, size in live.items() if name not in layout.registers}


def tile_sram_bytes(call: AttentionCall, tiles: Tiles, *, layout: Layout = PLAIN) -> Number:
    """Return the bytes that must be in the SRAM at once.

    Source: derived: the sum of tile_sram.
    """
    return sum(tile_sram(call, tiles, layout=layout).values())


def tile_register_bytes(call: AttentionCall, tiles: Tiles, *, layout: Layout) -> Number:
    """Return the bytes that must be in the registers at once.

    Source: derived: what tile_sram leaves out.
    """
    live = _live(call, tiles, layout)
    return sum(size for name, size in live.items() if name in layout.registers)


def _fits(call: AttentionCall, tiles: Tiles, *, sram_bytes: Number, layout: Layout) -> bool:
    sram = tile_sram_bytes(call, tiles, layout=layout) <= sram_bytes
    return sram and tile_register_bytes(call, tiles, layout=layout) <= layout.register_bytes


@physical
def tiles_that_fit(
    call: AttentionCall, sram_bytes: Positive, *, multiple: Count = 16, layout: Layout = PLAIN
) -> list[Tiles]:
    """Return all tiles of multiples of `multiple` rows that fit, none beyond the arrays' ends.

    Source: derived: tile_sram_bytes.
    """
    found = []
    for q in range(multiple, _padded(call.queries, multiple) + 1, multiple):
        for kv in range(multiple, _padded(call.keys, multiple) + 1, multiple):
            if not _fits(call, Tiles(q, kv), sram_bytes=sram_bytes, layout=layout):
                break
            found.append(Tiles(q, kv))
    return found


def best_tiles(
    call: AttentionCall,
    sram_bytes: Number,
    *,
    order: Order = "fa2",
    multiple: int = 16,
    layout: Layout = PLAIN,
) -> Tiles:
    """Return the tiles that fit and move the fewest bytes, of equals those with fewest steps.

    All of `tiles_that_fit` are tried; if none fits, ValueError.
    Source: derived: flash_traffic.
    """
    fitting = tiles_that_fit(call, sram_bytes, multiple=multiple, layout=layout)
    if not fitting:
        least = tile_sram_bytes(call, Tiles(multiple, multiple), layout=layout)
        raise ValueError(
            f"{multiple} × {multiple} tiles take {least:,} bytes, the SRAM has {sram_bytes:,}"
        )

    def cost(tiles: Tiles) -> tuple[Number, int]:
        steps = sum(tile.tiles_seen for tile in query_tiles(call, tiles))
        return flash_traffic(call, tiles, order=order).bytes, steps

    return min(fitting, key=cost)


def require_fit(
    call: AttentionCall, tiles: Tiles, sram_bytes: Number, *, layout: Layout = PLAIN
) -> None:
    """Raise ValueError for tiles larger than the chip's memory; it names the largest that fit.

    That is the most rows of `q` with this `kv`, or the largest square tile where no `q` fits.
    Source: derived: tile_sram_bytes and tile_register_bytes.
    """
    if _fits(call, tiles, sram_bytes=sram_bytes, layout=layout):
        return
    needed, where, held = tile_sram_bytes(call, tiles, layout=layout), "the SRAM", sram_bytes
    if needed <= sram_bytes:
        needed = tile_register_bytes(call, tiles, layout=layout)
        where, held = "the register file", layout.register_bytes
    beside = (Tiles(q, tiles.kv) for q in range(tiles.q - 1, 0, -1))
    squares = (Tiles(n, n) for n in range(max(tiles.q, tiles.kv) - 1, 0, -1))
    smaller = (*beside, *squares)
    fitting = (t for t in smaller if _fits(call, t, sram_bytes=sram_bytes, layout=layout))
    largest = next(fitting, None)
    hint = f"the largest that fits is {largest.q} × {largest.kv}" if largest else "none fits"
    taken = f"tiles of {tiles.q} × {tiles.kv} take {needed:,} bytes"
    raise ValueError(f"{taken}, {where} has {held:,}: {hint}")


@physical
def paper_tiles(d_head: Count, sram_values: Count) -> Tiles:
    """Return FlashAttention's own choice: Bc = ⌈M / 4d⌉ keys, Br = min(Bc, d) queries.

    M is the SRAM in values, not bytes. It is an order of magnitude: it may not fit exactly.
    Source: https://arxiv.org/abs/2205.14135 (algorithm 1, line 1).
    """
    kv = -(-sram_values // (4 * d_head))
    return Tiles(min(kv, d_head), kv)
