"""Waits as dots on one line, and where their mean and median stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show


def waits_and_tail(waits: Sequence[Number], *, marks: Mapping[str, Number], unit: str) -> Figure:
    """Draw each wait as a dot on a line, and where the named statistics of them stand."""
    numbers = {**dict(marks), "largest": max(waits), "count": len(waits)}
    most = max(waits)

    def layout(scene: Scene) -> None:
        def at(value: Number) -> Number:
            return 6 + (scene.width - 12) * value / most

        top = 2.6 * scene.line_height() + 14
        scene.line([(0, top), (scene.width, top)], "line", thick=2)
        for value in waits:
            x = at(value)
            scene.shape(f"M{x - 5:.1f} {top:.1f}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z", top + 5, "1",
                        opacity=0.65)  # fmt: skip
        row, end, before = -1, -20.0, 0.0
        for name, value in sorted(marks.items(), key=lambda item: item[1]):
            words = f"{name} {show(value, unit, decimals=0)}"
            wide = scene.measure(words, bold=True)
            left = min(max(at(value) - wide / 2, before), scene.width - wide)
            row = max(row, 0) if left > end + 8 else row + 1
            y = row * scene.line_height()
            end = max(end, left + wide)
            scene.text((left, y), words, bold=True)
            x = min(max(at(value), left + 3), left + wide)
            before = at(value) + 10
            scene.line([(x, y + scene.size() + 3), (at(value), top - 7)], "muted", thick=1)
        words = f"{len(waits)} waits; nobody waited for the mean"
        scene.text((0, top + 14), words, "note")

    alt = f"{len(waits)} dots: all but one close together on the left, one far to the right."
    return drawing(layout, alt=alt, numbers=numbers)
