"""Where a sequence's tokens lie in a pool of blocks, and the way from a token to its cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenworks.figures.box import Box, Point
from tokenworks.figures.marks import arrow
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.serving.block_pool import BlockPool

ROW, TALL = 25.0, 16.0  # px from one row of cells to the next, and of a cell


@dataclass(frozen=True)
class Lookup:
    """A sequence of so many tokens, its block table, and the token that is looked up."""

    pool: BlockPool
    table: Sequence[int]
    tokens: int
    traced: int

    def __post_init__(self) -> None:
        if self.pool.blocks_for(self.tokens) != len(self.table):
            raise ValueError(f"{self.tokens} tokens do not take {len(self.table)} blocks")
        if not 0 <= self.traced < self.tokens:
            raise ValueError(f"token {self.traced} is none of the {self.tokens}")

    @property
    def entry(self) -> int:
        """The entry of the table that tells the token's block."""
        return self.traced // self.pool.block_size

    @property
    def cell(self) -> int:
        """The token's cell in its block."""
        return self.traced % self.pool.block_size

    @property
    def block(self) -> int:
        """The token's block."""
        return self.table[self.entry]

    def held(self, entry: int) -> int:
        """Return how many tokens are in the block of an entry."""
        return min(self.pool.block_size, self.tokens - entry * self.pool.block_size)


def look_up(
    pool: BlockPool, table: Sequence[int], *, tokens: int, traced: int, caption: str = ""
) -> Figure:
    """Draw a sequence one block a row, its block table, the pool, and the way of one token.

    Blocks that others hold are grey. A table of another length than the sequence needs, and a token
    beyond it, raise ValueError.
    """
    asked = Lookup(pool, table, tokens, traced)

    def layout(scene: Scene) -> None:
        size = 14.0 if scene.wide else 12.0
        top = scene.text((0, 0), f"{tokens} tokens", "title").bottom + 8
        entries = Box(pool.block_size * size + 34, top, 40, TALL)
        scene.text((entries.x, 0), "block table", "title")
        for i, block in enumerate(table):
            y = top + i * ROW
            _cells(scene, Box(0, y, size, TALL), asked, entry=i)
            place = Box(entries.x, y - 2, entries.w, TALL + 4)
            scene.rect(place, stroke="ink", thick=2.5 if i == asked.entry else 1)
            scene.inside(place, str(block), colour="ink", bold=i == asked.entry)
            arrow(scene, (pool.block_size * size + 4, y + TALL / 2), (place.x - 3, y + TALL / 2))
        low = _explain(scene, top + len(table) * ROW + 12, asked)
        corner = (entries.right + 96, 0.0) if scene.wide else (58.0, low + 18)
        pool_top = _pool(scene, corner, asked, size=size)
        for i, block in enumerate(table):
            start = (entries.right + 2, top + i * ROW + TALL / 2)
            end = (corner[0], pool_top + block * ROW + TALL / 2)
            _way(scene, (start, end), asked, entry=i)

    told = ", ".join(str(block) for block in table)
    alt = (
        f"A sequence of {tokens} tokens in blocks of {pool.block_size}. Its block table is {told}, "
        f"blocks of a pool of {pool.blocks}. Token {traced} belongs to entry {asked.entry} of the "
        f"table, so it lies in block {asked.block}, cell {asked.cell}."
    )
    numbers = {"tokens": tokens, "blocks": pool.blocks, "block size": pool.block_size}
    numbers |= {"token": traced, "entry": asked.entry, "block": asked.block, "cell": asked.cell}
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _cells(scene: Scene, first: Box, asked: Lookup, *, entry: int) -> None:
    """Draw the cells of one block of the sequence: filled, traced, still empty."""
    for k in range(asked.pool.block_size):
        marked = (entry, k) == (asked.entry, asked.cell)
        x = first.x + k * first.w
        if k < asked.held(entry):
            fill = "ink" if marked else "kv"
            scene.rect(Box(x, first.y, first.w - 1.5, first.h), fill)
        else:
            scene.rect(Box(x, first.y, first.w - 1.5, first.h), "kv", faint=True)


def _explain(scene: Scene, y: Number, asked: Lookup) -> Number:
    """Write the arithmetic of the look-up; return its lower edge."""
    size = asked.pool.block_size
    lines = (
        f"token {asked.traced} = {asked.entry} × {size} + {asked.cell}",
        f"entry {asked.entry} of the table: block {asked.block}",
        f"so cell {asked.cell} of block {asked.block}",
    )
    for i, line in enumerate(lines):
        y = scene.text((0, y), line, "label", bold=i == len(lines) - 1).bottom + 4
    return y


def _pool(scene: Scene, corner: Point, asked: Lookup, *, size: Number) -> Number:
    """Draw the pool; return the upper edge of its first block."""
    (x, y), pool = corner, asked.pool
    title = f"the pool: {pool.blocks} blocks of {pool.block_size} cells"
    top = scene.text((x if scene.wide else 0, y), title, "title").bottom + 8
    for block in range(pool.blocks):
        at = top + block * ROW
        scene.text((x + 16, at), str(block), "tick", side="end")
        first = Box(x + 24, at, size, TALL)
        if block in asked.table:
            _cells(scene, first, asked, entry=list(asked.table).index(block))
            continue
        taken = pool.refs(block) > 0
        wide = pool.block_size * size - 1.5
        fill = "panel" if taken else ""
        place = scene.rect(Box(first.x, at, wide, TALL), fill, stroke="muted", dashed=not taken)
        words = "another sequence's" if taken else "free"
        scene.text((place.cx, place.y + 2), words, "tick", side="middle")
    return top


def _way(scene: Scene, ends: tuple[Point, Point], asked: Lookup, *, entry: int) -> None:
    """Draw the way from an entry of the table to its block, in front of it or around it."""
    (start, end), marked = ends, entry == asked.entry
    stroke, thick = ("ink", 2.5) if marked else ("muted", 1.25)
    if scene.wide:
        arrow(scene, start, (end[0] - 2, end[1]), stroke=stroke, thick=thick)
        return
    right = scene.width - 4 - 8 * (len(asked.table) - 1 - entry)
    edge = end[0] + 26 + asked.pool.block_size * 12.0
    scene.line([start, (right, start[1]), (right, end[1]), (edge, end[1])], stroke, thick=thick)
