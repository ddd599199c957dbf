"""Queries, keys, values and output beside the square of their scores, all to one scale."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from tokenworks.architecture import ModelSpec
from tokenworks.cost.attention import naive_traffic
from tokenworks.cost.attention_call import Tiles, call_of, matrix_bytes
from tokenworks.data.chip_memory import level
from tokenworks.figures.box import Box
from tokenworks.figures.marks import arrow
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

ARRAYS = {"Q": "queries", "K": "keys", "V": "values", "O": "activations"}
TOP = 58.0  # of the arrays, px


class _Shown(NamedTuple):
    """What the picture is of: lengths in tokens and numbers, bytes of a layer and of a core."""

    tokens: int
    d_head: int
    tile: Tiles
    square: Number
    passes: Number
    once: Number
    cores: int
    core: Number
    core_share: float  # of the square's side


def attention_arrays(
    spec: ModelSpec, tokens: int, *, chip: str = "a100-80gb", tile: Tiles | None = None
) -> Figure:
    """Draw one head's arrays and one core's memory to scale, with the bytes of the layer.

    `tile` is the rows of queries and of keys that one core works on.
    """
    call = call_of(spec, tokens, tokens)
    naive, core, square = naive_traffic(call), level(f"{chip}-l1"), matrix_bytes(call)
    passes = naive.of("S", "P")
    share = (core.bytes_each / (square / spec.n_heads)) ** 0.5
    rows, times = tile or Tiles(128, 64), tokens // spec.d_head
    sizes = (square, passes, naive.bytes - passes, core.count, core.bytes_each, share)
    shown = _Shown(tokens, spec.d_head, rows, *sizes)
    numbers = {"a score matrix": square, "its four passes": passes, "all others, once": shown.once}
    numbers |= {"tokens": tokens, "heads": spec.n_heads, "cores": core.count}
    numbers |= {"a core's memory": core.bytes_each, "square over strip": times}
    alt = (
        f"Four thin strips, Q, K, V and O, beside a square {times} times as wide, the scores: "
        f"four passes, {show(passes, 'GB', decimals=1)}. A core's memory of "
        f"{show(core.bytes_each, 'KiB')} is a speck beside it."
    )
    caption = (
        f"One of {spec.n_heads} heads, to scale, with the bytes of all: one layer of "
        f"{spec.label}, a prompt of {tokens:,} tokens."
    )
    return drawing(partial(_layout, shown), alt=alt, caption=caption, numbers=numbers)


def _layout(shown: _Shown, scene: Scene) -> None:
    side = 212.0 if scene.wide else 150.0
    panel = Box(1, 1, 424 if scene.wide else scene.width - 2, side + 76)
    scene.rect(panel, stroke="line", under=True)
    scene.text((12, 10), "the chip's large memory, HBM", "title")
    step, first = (27.0 if scene.wide else 22.0), 16.0
    thin = side * shown.d_head / shown.tokens
    for i, (letter, fill) in enumerate(ARRAYS.items()):
        x = first + i * step
        scene.text((x + thin / 2, TOP - 18), letter, "note", side="middle", colour="ink")
        scene.rect(Box(x, TOP, thin, side), fill)
    left = first + 4 * step + (24 if scene.wide else 8)
    scene.rect(Box(left + 10, TOP + 10, side, side), "scores", faint=True, under=True)
    box = scene.rect(Box(left, TOP, side, side), "scores")
    scene.text((left, TOP - 18), f"S, then P: {show(shown.square, 'GB', decimals=2)} each", "note")
    total = show(shown.passes, "GB", decimals=1)
    scene.inside(Box(box.x, box.cy - 34, box.w, 34), total, role="value")
    told = ("written, read, written, read", "written, read,\nwritten, read")
    scene.inside(Box(box.x, box.cy, box.w, 40), *told, role="note")
    _core(scene, shown, panel, side=side)


def _core(scene: Scene, shown: _Shown, panel: Box, *, side: Number) -> None:
    """Draw a core's memory with one tile of scores in it, at the scale of the square."""
    x, y = (panel.right + 40, 10.0) if scene.wide else (1.0, panel.bottom + 26)
    start = (panel.right + 4, 70.0) if scene.wide else (20.0, panel.bottom + 4)
    end = (x - 4, 70.0) if scene.wide else (20.0, y - 4)
    arrow(scene, start, end, stroke="muted")
    arrow(scene, end, start, stroke="muted")
    low = scene.text((x, y), f"one core of {shown.cores}", "title").bottom
    wide = side * shown.core_share
    place = Box(x, low + (26 if scene.wide else 12), wide, wide)
    scene.rect(place, "panel", stroke="ink")
    cell = side / shown.tokens
    tile = Box(x + 2, place.y + 2, shown.tile.kv * cell, shown.tile.q * cell)
    scene.rect(tile, "scores")
    words = f"{show(shown.core, 'KiB')} of its own,\nto scale, with a tile of scores"
    scene.text((place.right + 9, place.cy - scene.size("note")), words, "note")
    said = (
        "Flash attention makes the scores here, tile by tile, and forgets them. "
        f"Only Q, K, V and O pass: {show(shown.once, 'GB', decimals=2)}."
    )
    below = place.bottom + (26 if scene.wide else 16)
    scene.text((x, below), said, "label", width=scene.width - x)
