"""Two prices of a block's size: cells that stay empty, and block tables that have to be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tokenworks.figures.box import Box
from tokenworks.figures.marks import hatch
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show


class BlockSize(NamedTuple):
    """What a block size brings: shares of the memory, and the table's bytes for a byte of cache."""

    used: float  # cells that hold a token
    empty: float  # cells of somebody's blocks that hold none
    table: float


def block_size_columns(sizes: Mapping[int, BlockSize], *, chosen: int, caption: str = "") -> Figure:
    """Draw a column for each block size: the memory's use above, what the table costs below.

    The column of the size `chosen` is labelled in bold. No size at all raises ValueError.
    """
    if chosen not in sizes:
        raise ValueError(f"{chosen} is none of the block sizes {list(sizes)}")
    numbers: dict[str, Number] = {}
    for size, each in sizes.items():
        numbers |= {f"blocks of {size}": size, f"{size}: used": each.used}
        numbers |= {f"{size}: table": each.table}

    def layout(scene: Scene) -> None:
        step, gap = scene.width / len(sizes), 12.0 if scene.wide else 7.0
        top, tall = scene.text((0, 0), "cells that hold a token", "title").bottom + 6, 120.0
        head = (0, top + tall + 14)
        low = scene.text(head, "bytes of the table, over those of the cache", "title").bottom
        most = max(each.table for each in sizes.values())
        for i, (size, each) in enumerate(sizes.items()):
            box = Box(i * step + gap / 2, top, step - gap, tall)
            _used(scene, box, each, bold=size == chosen)
            below = Box(box.x, low + 26, box.w, 50)
            _table(scene, below, each.table, most=most)
            name = f"{size:,}"
            scene.text((box.cx, below.bottom + 6), name, side="middle", bold=size == chosen)
        scene.text((0, scene.low + 4), "cells in a block", "note")

    told = "; ".join(
        f"blocks of {size}: {show(each.used, '%', decimals=1)} used, table {_percent(each.table)}"
        for size, each in sizes.items()
    )
    return drawing(
        layout,
        alt=f"Columns over the size of a block. {told}.",
        caption=caption,
        numbers=numbers,
    )


def _table(scene: Scene, box: Box, share: float, *, most: float) -> None:
    """Draw what a table costs as a column whose height is that of the dearest at most."""
    high = max(1.0, box.h * share / most)
    scene.rect(Box(box.x, box.bottom - high, box.w, high), "ink", under=True)
    above = box.bottom - high - scene.size("note") - 5
    scene.text((box.cx, above), _percent(share), "note", side="middle")


def _percent(share: float) -> str:
    """Print a small share with one digit."""
    return show(float(f"{share:.0e}"), "%")


def _used(scene: Scene, box: Box, each: BlockSize, *, bold: bool) -> None:
    """Draw one memory as a column: tokens below, the empty cells of blocks hatched above them."""
    full, empty = box.h * each.used, box.h * each.empty
    scene.rect(box, "panel", under=True)
    filled = scene.rect(Box(box.x, box.bottom - full, box.w, full), "kv")
    if empty > 1.5:
        hatch(scene, Box(box.x, filled.y - empty, box.w, empty), step=5)
    words = show(each.used, "%", decimals=1)
    scene.inside(filled, words, words.removesuffix(" %"), role="note", bold=bold)
