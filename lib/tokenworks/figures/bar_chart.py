"""Horizontal bars: few values, each labelled with its number, on a linear or a log scale."""

from __future__ import annotations

from collections.abc import Mapping

from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show_as

THICK = 26


def bars(
    values: Mapping[str, Number],
    dimension: str,
    *,
    title: str,
    xlabel: str,
    alt: str,
    caption: str = "",
    fills: Mapping[str, str] | None = None,
    log: bool = False,
) -> Figure:
    """Draw one bar a value; each bar's number carries its unit.

    `fills` maps names to colours of a meaning. On a phone a bar's name stands above it.
    """
    if not values:
        raise ValueError("bars need at least one value")
    lowest, most = min(values.values()), max(values.values())
    scale = Scale(lowest / 3, most, "log") if log else Scale(0, most)

    def layout(scene: Scene) -> None:
        low = scene.text((0, 0), title, "title", width=scene.width).bottom
        low = scene.text((0, low + 6), xlabel, "note", width=scene.width).bottom + 12
        names = max(scene.measure(name) for name in values) + 12 if scene.wide else 0
        numbers = max(scene.measure(show_as(v, dimension), bold=True) for v in values.values())
        room = scene.width - names - numbers - 10
        for name, value in values.items():
            if scene.wide:
                scene.text((names - 12, low + THICK / 2 - 7), name, side="end")
            else:
                low = scene.text((0, low), name).bottom + 4
            bar = Box(names, low, max(1, room * scale.share(value)), THICK)
            scene.rect(bar, (fills or {}).get(name, "1"))
            middle = bar.cy - scene.size() / 2
            scene.text((bar.right + 8, middle), show_as(value, dimension), bold=True)
            low += THICK + 10

    own = numbers_in(" ".join([*values, title, xlabel, alt, caption]))
    return drawing(layout, alt=alt, caption=caption, numbers=own | dict(values))
