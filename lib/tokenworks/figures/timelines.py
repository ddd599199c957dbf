"""Lanes over time: one row for each thing that happens, one scale of seconds for all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tokenworks.figures.box import Box
from tokenworks.figures.marks import hatch
from tokenworks.figures.scales import round_step
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import UNITS, plain


@dataclass(frozen=True)
class Span:
    """A stretch of a lane: from when to when, its colour ("hatch" is waste, "" empty), its words.

    `faint` is a tint, for time that passes without work. Words that do not fit are left out:
    choices are parted by `|`.
    """

    start: Number
    end: Number
    fill: str
    words: str = ""
    faint: bool = False


def lanes(
    scene: Scene,
    box: Box,
    rows: Mapping[str, Sequence[Span]],
    *,
    end: Number,
    start: Number = 0.0,
    gap: Number = 6.0,
) -> Callable[[Number], Number]:
    """Draw lanes into a box, their names on its left; return the function from time to x.

    The lanes share the box's height, with `gap` px between. The names get what they need of the
    box's width.
    """
    names = [name for name in rows if name.strip()]
    left = box.x + (max(scene.measure(name, "note") for name in names) + 8 if names else 0)
    wide = box.right - left

    def at(time: Number) -> Number:
        return left + wide * (time - start) / (end - start)

    tall = (box.h - gap * (len(rows) - 1)) / len(rows)
    for i, (name, spans) in enumerate(rows.items()):
        top = box.y + i * (tall + gap)
        if name.strip():
            middle = top + tall / 2 - scene.size("note") / 2
            scene.text((left - 8, middle), name, "note", side="end")
        for span in spans:
            _span(scene, Box(at(span.start), top, at(span.end) - at(span.start), tall), span)
    return at


def _span(scene: Scene, place: Box, span: Span) -> None:
    if span.fill == "hatch":
        hatch(scene, place)
    elif span.fill:
        inset = min(1.0, place.w / 4)
        bar = Box(place.x, place.y, place.w - inset, place.h)
        scene.rect(bar, span.fill, faint=span.faint)
    if span.words:
        dark = span.fill not in ("", "hatch", "panel") and not span.faint
        colour = "paper" if dark else "ink"
        hatched = span.fill == "hatch"
        scene.inside(place, *span.words.split("|"), role="note", colour=colour, halo=hatched)


def time_axis(
    scene: Scene,
    at: Callable[[Number], Number],
    *,
    y: Number,
    end: Number,
    unit: str = "s",
    start: Number = 0.0,
    least: Number = 64.0,
) -> Number:
    """Draw an axis with ticks at round times, at least `least` px apart; return its lower edge.

    `unit` is one of time, or counts: "ticks".
    """
    size = UNITS[unit][1] if unit in UNITS else 1.0
    step = round_step((end - start) / size * least / (at(end) - at(start)))
    scene.line([(at(start), y), (at(end), y)], "line", thick=1)
    low, ticks = y, math.floor((end - start) / size / step + 1e-9)
    first = math.ceil(start / size / step - 1e-9)
    for i in range(first, first + ticks + 1):
        value = i * step
        x = at(value * size)
        words = f"{plain(value)} {unit}" if i == first + ticks else plain(value)
        half = scene.measure(words, "tick") / 2
        side = "end" if x > scene.width - half else "start" if x < half else "middle"
        scene.line([(x, y), (x, y + 4)], "line", thick=1)
        low = scene.text((x, y + 6), words, "tick", side=side).bottom
    return low
