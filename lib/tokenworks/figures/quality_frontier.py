"""Quality against size: each method a dot, and the line of those that no other one beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from string import ascii_lowercase

from tokenworks.figures.line_chart import SERIES
from tokenworks.figures.marks import key
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import Plane, titled_axes
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import plain, show

MEGABYTE = 1e6
ROOM, TOP = 1.3, 1.06  # factors of perplexity below the lowest and above the highest


@dataclass(frozen=True)
class Quality:
    """One way to store a model: its bytes, its perplexity, and the method that shares a colour."""

    label: str
    method: str
    bytes: Number
    perplexity: Number


def frontier(rows: Sequence[Quality]) -> list[Quality]:
    """Return the rows that no other one beats in bytes and in perplexity, smallest first."""
    best: list[Quality] = []
    for row in sorted(rows, key=lambda row: (row.bytes, row.perplexity)):
        if not best or row.perplexity < best[-1].perplexity:
            best.append(row)
    return best


def quality_by_bytes(
    rows: Sequence[Quality],
    *,
    title: str = "Perplexity against size",
    most: Number | None = None,
    unquantized: Number | None = None,
    caption: str = "",
) -> Figure:
    """Draw each row at its bytes and perplexity, and list those on the frontier, by their letters.

    Rows above `most` in perplexity stand at the upper edge, hollow. `unquantized` is the perplexity
    of the model as it was, a level. Fewer than two rows, or a perplexity that is no number from 1
    on, raises ValueError.
    """
    if len(rows) < 2 or not all(1 <= row.perplexity < float("inf") for row in rows):
        raise ValueError("quality_by_bytes needs two rows or more, with perplexities from 1 on")
    best = frontier(rows)
    told = "; ".join(f"{row.label} {_told(row)}" for row in sorted(rows, key=lambda r: r.bytes))
    alt = "A chart of perplexity on a log scale over megabytes, both lower is better. "
    alt += (
        f"{told}. No other is both smaller and better than: {', '.join(row.label for row in best)}."
    )
    said = " ".join([title, caption, *(f"{row.label} {row.method}" for row in rows)])
    numbers: dict[str, Number] = dict(numbers_in(f"{said} {told}"))
    if unquantized:
        alt += f" Unquantized it is {plain(unquantized)}."
        numbers |= dict(numbers_in(plain(unquantized)))
    layout = partial(_layout, rows=rows, best=best, title=title, most=most, unquantized=unquantized)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _told(row: Quality) -> str:
    return f"{show(row.bytes, 'MB')}, perplexity {plain(row.perplexity)}"


def _layout(
    scene: Scene,
    *,
    rows: Sequence[Quality],
    best: Sequence[Quality],
    title: str,
    most: Number | None,
    unquantized: Number | None,
) -> None:
    sizes = [row.bytes for row in rows]
    heights = [min(row.perplexity, most or row.perplexity) for row in rows]
    room = (max(sizes) - min(sizes)) * 0.12 or max(sizes) * 0.1
    x = Scale(max(0, min(sizes) - room), max(sizes) + room)
    level = [unquantized] if unquantized else []
    y = Scale(min([*heights, *level]) / ROOM, max(heights) * TOP, "log")
    labels = ("MB of weights, scales counted", "perplexity, log scale")
    plane = titled_axes(scene, title, (x, y), labels=labels, margin=8, units=(MEGABYTE, 1))
    _frontier_line(plane, best)
    methods = list(dict.fromkeys(row.method for row in rows))
    shades = dict(zip(methods, SERIES * len(methods), strict=False))
    for row, height in zip(rows, heights, strict=True):
        plane.dot((row.bytes, height), shades[row.method], hollow=height < row.perplexity)
        plane.keep_free((row.bytes, height))
        if height < row.perplexity:
            plane.name((row.bytes, height), f"{plain(round(row.perplexity))} ↑")
    for value in level:
        plane.level(value, f"unquantized: {plain(value)}")
    for letter, row in zip(ascii_lowercase, best, strict=False):
        height = min(row.perplexity, most or row.perplexity)
        plane.name((row.bytes, height), letter, colour="ink")
    low = key(scene, (0, scene.low + 10), shades) + 6
    for letter, row in zip(ascii_lowercase, best, strict=False):
        scene.text((0, low), letter, "note", colour="ink", bold=True)
        words = f"{row.label}: {_told(row)}"
        low = scene.text((18, low), words, "note", colour="ink", width=scene.width - 18).bottom + 4


def _frontier_line(plane: Plane, best: Sequence[Quality]) -> None:
    """Draw the least perplexity at each size as steps."""
    top = plane.y.high
    x, start = (plane.at(best[0].bytes, min(top, best[0].perplexity))[0], plane.box.y)
    d = f"M{x:.1f} {start:.1f}"
    for row in best:
        x, height = plane.at(row.bytes, min(top, row.perplexity))
        d += f"H{x:.1f}V{height:.1f}"
    plane.scene.shape(f"{d}H{plane.box.right:.1f}", plane.box.bottom, stroke="muted", thick=1.25)
