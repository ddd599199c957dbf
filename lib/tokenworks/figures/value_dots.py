"""Many values as dots on a line, one line for each of several cases, with one value marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.figures.timelines import time_axis
from tokenworks.number import Number
from tokenworks.units import show

RADIUS = 3.5  # px


@dataclass(frozen=True)
class Dots:
    """One line of dots: its values in the base unit, the one that is marked, what stands above.

    `words` are printed at the line's left, `told` at its right; a phone leaves `told` to a second
    line.
    """

    values: Sequence[Number]
    mark: Number
    words: str
    told: str = ""


def dot_rows(
    rows: Sequence[Dots],
    *,
    unit: str,
    xlabel: str,
    marked: str,
    start: Number = 0.0,
    fill: str = "decode",
    caption: str = "",
) -> Figure:
    """Draw a line of dots for each case on one scale from `start`; a tall stroke marks a value.

    `marked` says what the stroke is, `xlabel` what a dot is. Words may state what they computed. No
    row, or one without values, raises ValueError.
    """
    if not rows or not all(row.values for row in rows):
        raise ValueError("rows of dots need at least one row, and each row at least one value")

    def printed(value: Number) -> str:
        return show(value, unit, decimals=0) if unit else f"{value:.2f}"

    said = " ".join([caption, xlabel, marked, *(f"{row.words} {row.told}" for row in rows)])
    numbers: dict[str, Number] = dict(numbers_in(said))
    told = []
    for row in rows:
        ends = {"smallest": min(row.values), "largest": max(row.values), "marked": row.mark}
        numbers |= {f"{row.words}: {name}": value for name, value in ends.items()}
        numbers |= {f"{row.words}: {name}, printed": round(v, 2) for name, v in ends.items()}
        numbers[f"{row.words}: dots"] = len(row.values)
        low, high, mark = (printed(value) for value in ends.values())
        told.append(f"{row.words}: {len(row.values)} from {low} to {high}, {marked} at {mark}")
    words = f"a dot: {xlabel}; the stroke: {marked}"
    alt = f"Lines of dots on one scale, a dot is {xlabel}. {'; '.join(told)}."
    layout = partial(_layout, rows=rows, start=start, unit=unit, fill=fill, words=words)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _layout(
    scene: Scene, *, rows: Sequence[Dots], start: Number, unit: str, fill: str, words: str
) -> None:
    most = max(max(*row.values, row.mark) for row in rows)
    scale = Scale(start, most)

    def at(value: Number) -> float:
        return 6 + (scene.width - 12) * scale.share(value)

    low = 0.0
    for row in rows:
        head = scene.text((0, low), row.words, bold=True)
        if head.w + scene.measure(row.told) + 12 < scene.width:
            scene.text((scene.width, low), row.told, side="end")
        else:
            head = scene.text((0, head.bottom + 3), row.told)
        middle = head.bottom + 17
        scene.line([(0, middle), (scene.width, middle)], "line", thick=1)
        for value in row.values:
            x = at(value)
            d = f"M{x - RADIUS:.1f} {middle:.1f}a{RADIUS} {RADIUS} 0 1 0 {2 * RADIUS} 0"
            d += f"a{RADIUS} {RADIUS} 0 1 0 {-2 * RADIUS} 0z"
            scene.shape(d, middle + RADIUS, fill, opacity=0.45)
        x = at(row.mark)
        scene.line([(x, middle - 10), (x, middle + 10)], "ink", thick=2.5)
        low = middle + 20
    low = time_axis(scene, at, y=low - 4, end=most, start=start, unit=unit)
    scene.text((0, low + 6), words, "note", width=scene.width)
