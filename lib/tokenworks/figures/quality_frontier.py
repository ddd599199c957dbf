"""Quality against size: each method a dot, and the line of those that no other one beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tokenworks.figures.marks import key
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import titled_axes
from tokenworks.figures.scales import Scale, scale_of
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import plain, show

MEGABYTE, TOP = 1e6, 1.04
SHADES = ("1", "2", "3", "4", "5", "6")


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
    caption: str = "",
) -> Figure:
    """Draw each row at its bytes and perplexity, with a line along the frontier, whose are named.

    Rows above `most` in perplexity stand at the upper edge, hollow. Fewer than two rows, or a
    perplexity that is no number from 1 on, raises ValueError.
    """
    if len(rows) < 2 or not all(1 <= row.perplexity < float("inf") for row in rows):
        raise ValueError("quality_by_bytes needs two rows or more, with perplexities from 1 on")
    best = frontier(rows)
    told = "; ".join(f"{row.label} {_told(row)}" for row in sorted(rows, key=lambda r: r.bytes))
    alt = f"A chart of perplexity over megabytes, both lower is better. {told}. No other is both "
    alt += f"smaller and better than: {', '.join(row.label for row in best)}."
    said = " ".join([title, caption, *(f"{row.label} {row.method}" for row in rows)])
    numbers: dict[str, Number] = dict(numbers_in(f"{said} {told}"))
    layout = partial(_layout, rows=rows, best=best, title=title, most=most)
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
) -> None:
    sizes = [row.bytes for row in rows]
    heights = [min(row.perplexity, most or row.perplexity) for row in rows]
    room = (max(sizes) - min(sizes)) * 0.12 or max(sizes) * 0.1
    x = Scale(max(0, min(sizes) - room), max(sizes) + room)
    scales = (x, scale_of([*heights, max(heights) * TOP], "log"))
    labels = ("MB of weights, scales counted", "perplexity")
    plane = titled_axes(scene, title, scales, labels=labels, margin=8, units=(MEGABYTE, 1))
    steps = [(best[0].bytes, scales[1].high)]
    for row, after in zip(best, [*best[1:], None], strict=True):
        steps.append((row.bytes, row.perplexity))
        steps.append((after.bytes if after else x.high, row.perplexity))
    plane.curve([(b, min(p, scales[1].high)) for b, p in steps], "floor", thick=1.5, dashed=True)
    methods = list(dict.fromkeys(row.method for row in rows))
    shades = dict(zip(methods, SHADES * len(methods), strict=False))
    for row, height in zip(rows, heights, strict=True):
        plane.dot((row.bytes, height), shades[row.method], hollow=height < row.perplexity)
        plane.keep_free((row.bytes, height))
    for row in best:
        height = min(row.perplexity, most or row.perplexity)
        plane.name((row.bytes, height), row.label, colour=shades[row.method])
    key(scene, (0, scene.low + 10), shades)
