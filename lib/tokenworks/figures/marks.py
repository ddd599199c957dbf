"""What stands on a drawing: arrows, brackets, hatching, dots, small squares, pipes, keys."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from tokenworks.figures.box import Box, Point
from tokenworks.figures.scene import Role, Scene
from tokenworks.number import Number

HEAD = 7.0  # length of an arrow's head, px
DOT = 4.5  # radius of a mark, px


def arrow(
    scene: Scene,
    start: Point,
    end: Point,
    *,
    stroke: str = "ink",
    thick: Number = 1.5,
    bend: Number = 0.0,
    dashed: bool = False,
) -> None:
    """Draw an arrow; `bend` px to the left of its way make it a curve."""
    (x0, y0), (x1, y1) = start, end
    far = math.hypot(x1 - x0, y1 - y0) or 1.0
    middle = ((x0 + x1) / 2 + bend * (y1 - y0) / far, (y0 + y1) / 2 - bend * (x1 - x0) / far)
    away = math.atan2(y1 - middle[1], x1 - middle[0])
    head = HEAD + thick
    neck = (x1 - head * 0.8 * math.cos(away), y1 - head * 0.8 * math.sin(away))
    steps = 12 if bend else 1
    curve = [_bezier((start, middle, neck), i / steps) for i in range(steps + 1)]
    scene.line(curve, stroke, thick=thick, dashed=dashed)
    turns = (away - 0.42, away + 0.42)
    wings = [(x1 - head * math.cos(turn), y1 - head * math.sin(turn)) for turn in turns]
    polygon(scene, [end, *wings], stroke)


def _bezier(points: tuple[Point, Point, Point], t: float) -> Point:
    a, b, c = points
    first, second, third = (1 - t) ** 2, 2 * t * (1 - t), t**2
    return (
        first * a[0] + second * b[0] + third * c[0],
        first * a[1] + second * b[1] + third * c[1],
    )


def polygon(scene: Scene, points: Sequence[Point], fill: str, *, faint: bool = False) -> None:
    """Fill a polygon."""
    d = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"
    scene.shape(d, max(y for _, y in points), fill, faint=faint)


def bracket(
    scene: Scene,
    span: tuple[Number, Number],
    words: str = "",
    *,
    y: Number,
    side: Literal["below", "above"] = "below",
    colour: str = "ink",
    role: Role = "label",
    bold: bool | None = None,
    width: Number | None = None,
) -> Box:
    """Bracket a stretch from one x to another at the height `y`; return the box of its words.

    The words stand under (or over) its middle, moved as far as the drawing's edge asks.
    """
    start, end = span
    down = 1 if side == "below" else -1
    tip, middle = 6.0 * down, (start + end) / 2
    scene.line([(start, y), (start, y + tip), (end, y + tip), (end, y)], colour, thick=1.25)
    if not words:
        return Box(start, min(y, y + tip), end - start, abs(tip))
    if width is None:
        width = scene.width
    height = scene.size(role)
    wide = max(scene.measure(line, role, bold=bold) for line in words.split("\n"))
    half = min(wide, width) / 2
    middle = min(max(middle, half), scene.width - half)
    top = y + tip + 5 if down > 0 else y + tip - 5 - height * (1 + 1.3 * words.count("\n"))
    shade = "" if colour == "ink" else colour
    return scene.text(
        (middle, top), words, role, side="middle", colour=shade, bold=bold, width=width
    )


def hatch(scene: Scene, box: Box, stroke: str = "waste", *, step: Number = 6.0) -> None:
    """Hatch a box: memory or time that is paid for and not used."""
    lines = []
    offset = step
    while offset < box.w + box.h:
        x0, y0 = box.x + max(0.0, offset - box.h), box.y + min(offset, box.h)
        x1, y1 = box.x + min(offset, box.w), box.y + max(0.0, offset - box.w)
        lines.append(f"M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}")
        offset += step
    if lines:
        scene.shape("".join(lines), box.bottom, stroke=stroke, thick=1)
    scene.rect(box, stroke=stroke, thick=1)


def dot(scene: Scene, at: Point, colour: str, *, hollow: bool = False) -> None:
    """Mark a point: a disc with a rim in the colour of the page, or a ring."""
    (x, y), r = at, DOT
    d = f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"
    if hollow:
        scene.shape(d, y + r, "paper", stroke=colour, thick=2)
    else:
        scene.shape(d, y + r, colour, stroke="paper", thick=1)


def squares(
    scene: Scene,
    at: Point,
    count: int,
    *,
    columns: int,
    size: Number,
    gap: Number = 1.0,
    fill: str = "weights",
    first: int = 0,
) -> Box:
    """Draw `count` small squares row by row, from cell `first` of a grid; return the grid's box."""
    (x, y), step = at, size + gap
    places = ((i % columns, i // columns) for i in range(first, first + count))
    d = "".join(
        f"M{x + c * step:.1f} {y + r * step:.1f}h{size:g}v{size:g}h{-size:g}z" for c, r in places
    )
    rows = math.ceil((first + count) / columns)
    box = Box(x, y, min(columns, first + count) * step - gap, rows * step - gap)
    scene.shape(d, box.bottom, fill)
    return box


def pipe(
    scene: Scene, start: Point, end: Point, *, thick: Number, fill: str, head: bool = True
) -> None:
    """Draw a straight pipe whose width says how much passes, with a head at its end."""
    (x0, y0), (x1, y1) = start, end
    far = math.hypot(x1 - x0, y1 - y0)
    ux, uy = (x1 - x0) / far, (y1 - y0) / far
    tip = min(far * 0.6, 6 + thick / 2) if head else 0.0
    nx, ny = -uy * thick / 2, ux * thick / 2
    bx, by = x1 - ux * tip, y1 - uy * tip
    out = 1 + 7 / (thick + 7) if head else 1.0
    points = [(x0 + nx, y0 + ny), (bx + nx, by + ny)]
    if head:
        points += [(bx + nx * out, by + ny * out), (x1, y1), (bx - nx * out, by - ny * out)]
    points += [(bx - nx, by - ny), (x0 - nx, y0 - ny)]
    polygon(scene, points, fill)


def key(scene: Scene, at: Point, meanings: Mapping[str, str]) -> Number:
    """Name colours in a row that wraps: words -> fill; "hatch" is waste. Return the lower edge.

    For what cannot be labelled where it stands.
    """
    (x, y), size = at, scene.size("note")
    left = x
    for words, fill in meanings.items():
        wide = size + 6 + scene.measure(words, "note")
        if x > left and x + wide > scene.width:
            x, y = left, y + scene.line_height("note") + 3
        if fill == "hatch":
            hatch(scene, Box(x, y + 1, size, size), step=4)
        else:
            scene.rect(Box(x, y + 1, size, size), fill)
        scene.text((x + size + 6, y + 1), words, "note")
        x += wide + 16
    return y + scene.line_height("note")
