"""What was measured beside the floor that nothing beats: each row on the scale of its own floor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import plain, show

TALL = 22
Kind = Literal["rate", "time"]


@dataclass(frozen=True)
class Measured:
    """A measurement, its floor in the same base unit, and how the measurement is printed.

    `expected`, in that unit too, is drawn as a stroke across the bar.
    """

    value: Number
    floor: Number
    printed: str
    expected: Number | None = None

    @property
    def share(self) -> Number:
        """The measurement in floors: a rate is at most 1, a time at least 1."""
        return self.value / self.floor


def beside_floor(
    rows: Mapping[str, Measured],
    kind: Kind,
    *,
    alt: str,
    caption: str = "",
    fill: str = "decode",
) -> Figure:
    """Draw each measurement as a bar, the floor as one dashed line: what is beyond it is a lie.

    A "rate" cannot pass its floor, a "time" cannot stay below. No rows raise ValueError.
    """
    if not rows:
        raise ValueError("beside_floor needs at least one measurement")
    most = max(1.0, *(row.share for row in rows.values()))

    def layout(scene: Scene) -> None:
        names = max(scene.measure(name) for name in rows) + 12 if scene.wide else 0.0
        said = max(scene.measure(_said(row, kind), "note") for row in rows.values()) + 8
        room = scene.width - names - said
        top = scene.line_height("note") + 8
        low, line = top, names + room / most
        for name, row in rows.items():
            if not scene.wide:
                low = scene.text((0, low), name, halo=True).bottom + 3
            bar = Box(names, low, room * row.share / most, TALL)
            scene.rect(bar, "bad" if impossible(row, kind) else fill)
            middle = bar.cy - scene.size("note") / 2
            if scene.wide:
                scene.text((names - 12, bar.cy - scene.size() / 2), name, side="end")
            ends = max(bar.right, _expected(scene, row, bar))
            x = max(ends, line if ends < line < ends + said else 0) + 8
            scene.text((x, middle), _said(row, kind), "note", colour="ink")
            low += TALL + 8
        _floor(scene, line, (top - 6, low - 2))

    numbers = {f"{name}, in floors": row.share for name, row in rows.items()}
    numbers |= {f"{name}, rounded": round(row.share, 1) for name, row in rows.items()}
    words = [*rows, *(row.printed for row in rows.values()), alt, caption]
    return drawing(layout, alt=alt, caption=caption, numbers=numbers | numbers_in(" ".join(words)))


def _expected(scene: Scene, row: Measured, bar: Box) -> Number:
    """Draw the stroke of what is expected across a bar, and return where it stands."""
    if row.expected is None:
        return bar.x
    x = bar.x + bar.w * row.expected / row.value
    scene.line([(x, bar.y - 2), (x, bar.y + bar.h + 2)], "ink", thick=2)
    return x


def _floor(scene: Scene, x: Number, span: tuple[Number, Number]) -> None:
    """Draw the floor from one height to another, and name it above."""
    scene.line([(x, span[0]), (x, span[1])], "floor", thick=1.75, dashed=True)
    half = scene.measure("the floor", "note") / 2
    at = min(max(x, half), scene.width - half)
    scene.text((at, 0), "the floor", "note", side="middle", bold=True)


def impossible(row: Measured, kind: Kind) -> bool:
    """Tell whether a measurement beats its floor."""
    return row.share > 1 if kind == "rate" else row.share < 1


def _said(row: Measured, kind: Kind) -> str:
    share = show(row.share, "%", decimals=0) if kind == "rate" else f"{plain(round(row.share, 1))}×"
    return f"{row.printed}, {share}"
