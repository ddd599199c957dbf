"""The values that a format can hold, as strokes on a line from its least to its largest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

STROKE = 20.0  # px
ENDS = ("−1", "0", "1")


def format_values(
    formats: Mapping[str, Sequence[Number]], *, fill: str = "weights", caption: str = ""
) -> Figure:
    """Draw each format's values as strokes, all divided by the format's largest magnitude.

    A scale maps the largest weight of a group there, so the lines show what is left for the others.
    No format, or one without a value beside 0, raises ValueError.
    """
    if not formats or not all(any(values) for values in formats.values()):
        raise ValueError("format_values needs at least one format, each with a value beside 0")
    lines = {name: _scaled(values) for name, values in formats.items()}
    told = {name: _told(values) for name, values in lines.items()}
    alt = "Lines from -1 to 1 with a stroke at each value of a format, its largest at 1. "
    alt += "; ".join(f"{name}: {words}" for name, words in told.items()) + "."
    numbers = dict(numbers_in(f"{caption} {' '.join(formats)}"))
    for name, values in lines.items():
        numbers |= {f"{name}: values": len(values), f"{name}: first above 0": _least(values)}
    layout = partial(_layout, lines=lines, told=told, fill=fill)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _scaled(values: Sequence[Number]) -> list[float]:
    most = max(abs(value) for value in values)
    return sorted({value / most for value in values})


def _least(values: Sequence[float]) -> float:
    return min(abs(value) for value in values if value)


def _told(values: Sequence[float]) -> str:
    least = float(f"{_least(values):.2g}")
    return f"{len(values)} values, first above 0 at {show(least, '%')}"


def _layout(
    scene: Scene, *, lines: Mapping[str, Sequence[float]], told: Mapping[str, str], fill: str
) -> None:
    scale, low = Scale(-1, 1), 0.0
    inside = (4.0, scene.width - 8)

    def at(value: Number) -> float:
        return inside[0] + inside[1] * scale.share(value)

    for name, values in lines.items():
        head = scene.text((0, low), name, bold=True)
        if head.right + 16 + scene.measure(told[name], "note") < scene.width:
            scene.text((scene.width, low), told[name], "note", side="end")
        else:
            head = scene.text((0, head.bottom + 3), told[name], "note")
        top = head.bottom + 6
        middle = top + STROKE / 2
        scene.shape(f"M{at(-1):.1f} {middle:.1f}H{at(1):.1f}", middle, stroke="line", thick=1)
        strokes = "".join(f"M{at(v):.1f} {top:.1f}v{STROKE:g}" for v in values)
        scene.shape(strokes, top + STROKE, stroke=fill, thick=2 if len(values) <= 32 else 1)
        low = top + STROKE + 12
    for side, value, words in zip(("start", "middle", "end"), (-1, 0, 1), ENDS, strict=True):
        x = {"start": 0.0, "middle": at(value), "end": scene.width}[side]
        scene.text((x, low - 6), words, "tick", side=side)  # type: ignore[arg-type]
    scene.text((0, scene.low + 4), "of the largest value", "note")
