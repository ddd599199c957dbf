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

        line = scene.line_height()
        said = {f"{name} {show(value, unit, decimals=0)}": value for name, value in marks.items()}
        # A label stands on the inner side of its stroke, the outermost highest
        left = sorted((value, words) for words, value in said.items() if value < most / 2)
        right = sorted(((v, words) for words, v in said.items() if v >= most / 2), reverse=True)
        wide = [max((scene.measure(w, bold=True) for _, w in side), default=0.0)
                for side in (left, right)]  # fmt: skip
        below = len(right) if sum(wide) + 40 > scene.width else 0
        top = max(len(right), below + len(left)) * line + 14
        scene.line([(0, top), (scene.width, top)], "line", thick=2)
        for value in waits:
            x = at(value)
            scene.shape(f"M{x - 5:.1f} {top:.1f}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z", top + 5, "1",
                        opacity=0.65)  # fmt: skip
        for row, (value, words) in [*enumerate(right), *enumerate(left, below)]:
            x, inner = at(value), 6 if (value, words) in left else -6
            side = "start" if inner > 0 else "end"
            scene.text((x + inner, row * line), words, side=side, bold=True)
            scene.line([(x, row * line + 2), (x, top - 7)], "muted", thick=1)
        words = f"{len(waits)} waits; nobody waited for the mean"
        scene.text((0, top + 14), words, "note")

    alt = f"{len(waits)} dots: all but one close together on the left, one far to the right."
    return drawing(layout, alt=alt, numbers=numbers)
