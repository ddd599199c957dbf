"""Pairs of bars: the same quantity in two cases, each pair on a scale of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import plain


@dataclass(frozen=True)
class Pair:
    """A quantity in two cases: values in the base unit, how each is printed, its colour."""

    first: Number
    second: Number
    printed: tuple[str, str]
    fill: str


def pairs(
    rows: Mapping[str, Pair], cases: Mapping[str, Number], *, alt: str, caption: str = ""
) -> Figure:
    """Draw each quantity as two bars under its name, with how many times one is the other.

    `cases` maps the words of the two cases to the number in them. An empty mapping, or a value that
    is not above 0, raises ValueError.
    """
    if not rows or any(min(pair.first, pair.second) <= 0 for pair in rows.values()):
        raise ValueError("pairs need at least one row, and values above 0")

    def layout(scene: Scene) -> None:
        names = max(scene.measure(case, "note") for case in cases) + 8
        shown = max(scene.measure(text) for pair in rows.values() for text in pair.printed)
        room = scene.width - names - shown - 6
        low = 0.0
        for name, pair in rows.items():
            low = scene.text((0, low), name, "title").bottom + 4
            scene.text(
                (scene.width, low - 4 - scene.size("title")), factor(pair), "title", side="end"
            )
            for case, value, text in zip(
                cases, (pair.first, pair.second), pair.printed, strict=True
            ):
                wide = value / max(pair.first, pair.second) * room
                scene.text((names - 8, low + 2), case, "note", side="end")
                scene.rect(Box(names, low, wide, 18), pair.fill, under=True)
                scene.text((names + wide + 6, low + 1), text)
                low += 22
            low += 10

    numbers: dict[str, Number] = dict(cases)
    for name, pair in rows.items():
        ratio = max(pair.first, pair.second) / min(pair.first, pair.second)
        values = zip(cases, (pair.first, pair.second), strict=True)
        numbers |= {f"{name}, {case}": value for case, value in values}
        numbers |= {f"{name}, factor": round(ratio) if ratio >= 10 else round(ratio, 1)}
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def factor(pair: Pair) -> str:
    """Say how the second is to the first: "× 28", "÷ 17", "nearly the same"."""
    ratio = pair.second / pair.first
    if 0.9 < ratio < 1.1:
        return "nearly the same"
    times = max(ratio, 1 / ratio)
    return f"{'×' if ratio > 1 else '÷'} {plain(round(times) if times >= 10 else round(times, 1))}"
