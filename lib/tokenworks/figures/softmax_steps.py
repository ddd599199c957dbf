"""The online softmax as a filmstrip: what each tile adds, and what shrinks by one factor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.figures.strips import filmstrip
from tokenworks.number import Number


class Frame(NamedTuple):
    """The row after one tile: its weights so far, the factor that shrank the old, m, ℓ and o."""

    weights: tuple[float, ...]
    old: int  # how many of the weights came before this tile
    shrunk: float
    m: float
    l: float
    o: float


def softmax_frames(scores: Sequence[Number], values: Sequence[Number], tile: int) -> list[Frame]:
    """Return the row after each tile of scores, with values of one number each."""
    frames, m, l, o = [], -math.inf, 0.0, 0.0
    for start in range(0, len(scores), tile):
        seen = scores[: start + tile]
        higher = max(seen)
        factor = math.exp(m - higher)
        new = [math.exp(s - higher) for s in seen[start:]]
        l = factor * l + sum(new)
        o = factor * o + sum(w * v for w, v in zip(new, values[start:], strict=False))
        m = float(higher)
        weights = tuple(math.exp(s - m) for s in seen)
        frames.append(Frame(weights, start, factor, m, l, o))
    return frames


def softmax_strip(scores: Sequence[Number], values: Sequence[Number], *, tile: int = 2) -> Figure:
    """Draw a row of scores read tile by tile: bars of e^(s − m), and the three numbers kept."""
    frames = softmax_frames(scores, values, tile)
    last = frames[-1]
    result = last.o / last.l
    strip = {f"m = {f.m:.0f}, ℓ = {f.l:.3f}, o = {f.o:.3f}": f for f in frames}
    divided = last._replace(weights=tuple(w / last.l for w in last.weights), old=0)
    strip[f"o / ℓ = {result:.3f}"] = divided
    titles = {f: f"tile {i}" for i, f in enumerate(frames, 1)} | {
        divided: "at the end, divide once"
    }

    def draw(scene: Scene, box: Box, frame: Frame) -> None:
        _bars(scene, box, frame, scores=scores, title=titles[frame])

    def layout(scene: Scene) -> None:
        columns = len(strip) if scene.wide else 1
        filmstrip(scene, strip, draw, height=190, columns=columns, gap=30)

    known: list[float] = [result, *(n for f in frames for n in (f.shrunk, f.m, f.l, f.o))]
    numbers = {f"{n:.3f}": round(n, 3) for n in known} | {"result": result}
    listed = ", ".join(str(s) for s in scores)
    alt = (
        f"The scores {listed} in tiles of {tile}. Each tile adds its bars e^(s − m); a larger "
        f"score shrinks all bars before it by one factor. At the end o / ℓ is {result:.3f}."
    )
    return drawing(layout, alt=alt, numbers=numbers)


def _bars(scene: Scene, box: Box, frame: Frame, *, scores: Sequence[Number], title: str) -> None:
    """Draw the weights of a frame; those of before the tile are tinted."""
    head = scene.text((box.x, box.y), title, "note", colour="ink", bold=True)
    if frame.old:
        told = f"the old: × {frame.shrunk:.3f}"
        scene.text((box.x, head.bottom + 3), told, "note", colour="scores")
    floor, room = box.bottom - 20, box.h - 74
    count = len(scores)
    wide = min(40.0, (box.w - (count - 1) * 6) / count)
    scene.line([(box.x, floor), (box.x + count * (wide + 6) - 6, floor)], "line", thick=1)
    for i, weight in enumerate(frame.weights):
        x = box.x + i * (wide + 6)
        bar = Box(x, floor - weight * room, wide, weight * room)
        scene.rect(bar, "scores", faint=i < frame.old)
        over = (bar.cx, bar.y - scene.size("tick") - 2)
        scene.text(over, f"{weight:.3f}", "tick", side="middle")
        scene.text((bar.cx, floor + 4), f"s = {scores[i]}", "tick", side="middle")
