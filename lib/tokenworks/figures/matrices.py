"""Matrices to scale: cells, tiles, edges that name their axes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from tokenworks.figures.box import Box, Point
from tokenworks.figures.scene import Scene, Side
from tokenworks.number import Number

Paint = Callable[[int, int], str]  # row, column -> fill; "" leaves a cell empty


def matrix(
    scene: Scene,
    box: Box,
    fill: str | Paint,
    *,
    rows: int = 1,
    columns: int = 1,
    gap: Number = 1.0,
    faint: Paint | None = None,
) -> Callable[[int, int], Box]:
    """Draw a matrix of cells into a box; return the function that gives a cell's box.

    `fill` is a colour, or gives each cell's; cells of `faint` (not "") are tinted. One cell is a
    plain rectangle. Cells of one colour are one path, so that a large matrix stays small.
    """
    wide, tall = box.w / columns, box.h / rows

    def cell(row: int, column: int) -> Box:
        return Box(box.x + column * wide, box.y + row * tall, wide - gap, tall - gap)

    painted: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for row in range(rows):
        for column in range(columns):
            colour = fill if isinstance(fill, str) else fill(row, column)
            tint = "" if colour or faint is None else faint(row, column)
            if colour or tint:
                at = cell(row, column)
                d = f"M{at.x:.1f} {at.y:.1f}h{at.w:.1f}v{at.h:.1f}h{-at.w:.1f}z"
                painted[colour or tint, not colour].append(d)
    for (colour, tinted), d in painted.items():
        scene.shape("".join(d), box.bottom, colour, faint=tinted)
    return cell


def grid(scene: Scene, box: Box, *, rows: int, columns: int, stroke: str = "paper") -> None:
    """Draw the lines between the tiles of a matrix that is a plain rectangle."""
    d = "".join(f"M{box.x:.1f} {box.y + box.h * i / rows:.1f}h{box.w:.1f}" for i in range(1, rows))
    d += "".join(
        f"M{box.x + box.w * i / columns:.1f} {box.y:.1f}v{box.h:.1f}" for i in range(1, columns)
    )
    if d:
        scene.shape(d, box.bottom, stroke=stroke, thick=1)


def frame(scene: Scene, box: Box, stroke: str = "ink", *, dashed: bool = False) -> None:
    """Outline a box: a tile that is pointed at, or (dashed) where something could be."""
    scene.rect(box, stroke=stroke, thick=1.5, dashed=dashed)


def edge(
    scene: Scene, box: Box, words: str, *, at: str = "above", colour: str = "", bold: bool = False
) -> Box:
    """Name an edge of a box: "above" and "below" centred, "left" and "right" beside its middle."""
    size = scene.size("note")
    tall = size * (1 + 1.3 * words.count("\n"))
    places: dict[str, tuple[Point, Side]] = {
        "above": ((box.cx, box.y - 4 - tall), "middle"),
        "below": ((box.cx, box.bottom + 4), "middle"),
        "left": ((box.x - 6, box.cy - tall / 2), "end"),
        "right": ((box.right + 6, box.cy - tall / 2), "start"),
    }
    if at in places:
        place, side = places[at]
        return scene.text(place, words, "note", side=side, colour=colour, bold=bold or None)
    raise ValueError(f"an edge is above, below, left or right, not {at!r}")
