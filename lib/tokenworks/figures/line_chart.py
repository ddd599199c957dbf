"""Curves over logarithmic or linear axes, each named where it ends; dashed lines for levels."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from tokenworks.figures.box import Box, Point
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import plain

COLOURS = ("1", "2", "3", "4", "5", "6")  # of lines that mean none of the book's things
FAR = 14.0  # px from its line, from where on a name is led to it
Points = Sequence[tuple[Number, Number]]
Scale = Literal["log", "linear"]


def curves(
    lines: Mapping[str, Points],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    alt: str,
    levels: Mapping[str, Number] | None = None,
    scale: Scale = "log",
    colours: Mapping[str, str] | None = None,
    floors: Collection[str] = (),
    end: str = "",
    caption: str = "",
) -> Figure:
    """Draw each line of (x, y) points, named beside it; `levels` are horizontal and dashed.

    `floors` are drawn dashed too. `end` says what the last point of each line is, as a dot. The
    names of lines and levels may hold numbers. No line, or one without points, raises ValueError.
    """
    if not lines or not all(lines.values()):
        raise ValueError("curves need at least one line, and each line at least one point")
    shades = dict(zip(lines, COLOURS * len(lines), strict=False)) | dict(colours or {})
    dashed = set(floors)

    def layout(scene: Scene) -> None:
        top = scene.text((0, 0), title, "title", width=scene.width).bottom + 8
        top = scene.text((0, top), ylabel, "note", width=scene.width).bottom + 6
        plot = _Plot(scene, lines, levels or {}, scale=scale, top=top)
        taken = plot.frame(xlabel)
        for name, height in (levels or {}).items():
            taken.append(plot.level(name, height))
        for name, points in lines.items():
            plot.curve(points, shades[name], dashed=name in dashed, dot=bool(end))
        plot.names(lines, shades, taken)
        if end:
            plot.explain_dot(end)

    names = " ".join([*lines, *(levels or {}), title, xlabel, ylabel, end, alt, caption])
    return drawing(layout, alt=alt, caption=caption, numbers=numbers_in(names))


@dataclass
class _Axis:
    """From values to px along one side of the plot."""

    low: Number
    high: Number
    scale: Scale
    ends: tuple[Number, Number]

    def at(self, value: Number) -> float:
        """Return the place of a value."""
        low, high, here = self.low, self.high, value
        if self.scale == "log":
            low, high, here = math.log(low), math.log(high), math.log(value)
        share = (here - low) / ((high - low) or 1)
        return self.ends[0] + share * (self.ends[1] - self.ends[0])

    def ticks(self, most: int) -> Iterator[Number]:
        """Yield round values on the axis: decades, or 1, 2, 5 inside fewer than two of them."""
        if self.scale == "linear":
            rough = (self.high - self.low) / most
            power = 10.0 ** math.floor(math.log10(rough))
            step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough * 0.999)
            first = math.ceil(self.low / step - 1e-9)
            yield from (i * step for i in range(first, math.floor(self.high / step + 1e-9) + 1))
            return
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        decades = math.floor(math.log10(self.high)) - math.ceil(math.log10(self.low)) + 1
        skip = max(1, -(-decades // most))
        for exponent in range(first, last + 1):
            for factor in (1, 2, 5) if decades < 2 else (1,):
                value = factor * 10.0**exponent
                if self.low * 0.999 <= value <= self.high * 1.001 and exponent % skip == 0:
                    yield value


class _Plot:
    """The frame of a chart on a scene: its axes, its curves, and the names of the curves."""

    def __init__(
        self,
        scene: Scene,
        lines: Mapping[str, Points],
        levels: Mapping[str, Number],
        *,
        scale: Scale,
        top: Number,
    ) -> None:
        xs = [x for points in lines.values() for x, _ in points]
        ys = [y for points in lines.values() for _, y in points] + list(levels.values())
        self.scene = scene
        tall = 300.0 if scene.wide else 250.0
        least = min(ys) / 1.2 if scale == "log" else min(0, *ys)
        self.y = _Axis(least, max(ys), scale, (top + tall, top + 4))
        texts = [plain(value) for value in self.y.ticks(6)]
        left = max(scene.measure(text, "tick") for text in texts) + 10
        self.x = _Axis(min(xs), max(xs), scale, (left, scene.width - 8))

    def frame(self, xlabel: str) -> list[Box]:
        """Draw the axes and their ticks; return the boxes that names must not touch."""
        scene, (left, right), (low, top) = self.scene, self.x.ends, self.y.ends
        half = scene.size("tick") / 2
        for value in self.y.ticks(6):
            y = self.y.at(value)
            scene.shape(f"M{left:.1f} {y:.1f}H{right:.1f}", y, stroke="line", thick=1)
            scene.text((left - 6, y - half), plain(value), "tick", side="end")
        scene.shape(f"M{left:.1f} {low:.1f}H{right:.1f}", low, stroke="muted", thick=1)
        edge = 0.0
        for value in self.x.ticks(6 if scene.wide else 4):
            x, text = self.x.at(value), plain(value)
            wide = scene.measure(text, "tick")
            start = min(max(x - wide / 2, 0), scene.width - wide)
            if start > edge:
                scene.shape(f"M{x:.1f} {low:.1f}V{low + 5:.1f}", low + 5, stroke="muted", thick=1)
                edge = scene.text((start, low + 8), text, "tick").right + 8
        scene.text((right, scene.low + 4), xlabel, "note", side="end", width=right)
        return [Box(0, 0, scene.width, top - 4), Box(0, low, scene.width, 60)]

    def path(self, points: Points) -> list[Point]:
        """Return a line's points in px."""
        return [(self.x.at(x), self.y.at(y)) for x, y in points]

    def curve(self, points: Points, colour: str, *, dashed: bool, dot: bool) -> None:
        """Draw a line, and a dot at its end."""
        path = self.path(points)
        self.scene.line(path, colour, thick=2.5, dashed=dashed)
        if dot:
            self.scene.shape(_disc(path[-1]), path[-1][1] + 4, colour)

    def level(self, name: str, height: Number) -> Box:
        """Draw a horizontal line with its name at its left end; return the name's box."""
        y, (left, right) = self.y.at(height), self.x.ends
        self.scene.line([(left, y), (right, y)], "floor", dashed=True)
        above = y - self.scene.size("note") - 4
        place = above if above > self.y.ends[1] else y + 4
        return self.scene.text((left + 4, place), name, "note", halo=True)

    def names(
        self, lines: Mapping[str, Points], shades: Mapping[str, str], taken: list[Box]
    ) -> None:
        """Write the names of all lines, from the highest end to the lowest."""
        paths = {name: self.path(points) for name, points in lines.items()}
        for name in sorted(paths, key=lambda name: paths[name][-1][1]):
            style: dict[str, Any] = {
                "colour": shades[name],
                "taken": taken,
                "paths": list(paths.values()),
            }
            taken.append(self.name(name, paths[name], **style))

    def explain_dot(self, words: str) -> None:
        """Say below the chart what a dot is."""
        low = self.scene.low + 8
        self.scene.shape(_disc((5, low + 7)), low + 11, "ink")
        self.scene.text((15, low), words, "note", width=self.scene.width - 15)

    def name(
        self,
        words: str,
        path: Sequence[Point],
        *,
        colour: str,
        taken: Sequence[Box],
        paths: Sequence[Sequence[Point]],
    ) -> Box:
        """Write a line's name at the first place near its end that is free; return its box."""
        scene = self.scene
        wide, tall = scene.measure(words, bold=True), scene.size() + 2
        left = self.x.ends[0]
        frame = Box(left, 0, scene.width - left, self.y.ends[0])
        for crossed in (False, True):  # a free place before one that another line crosses
            for x, y in _places(path, wide, tall):
                box = Box(x, y, wide, tall)
                free = frame.holds(box) and not any(box.meets(other, 0.0) for other in taken)
                hit = any(box.crossed(a, b) for other in paths for a, b in pairwise(other))
                if free and (crossed or not hit):
                    self._lead(box, path, colour)
                    return scene.text((x, y + 1), words, colour=colour, bold=True, halo=True)
        raise ValueError(f"no room for the name {words!r}: draw fewer lines or shorten it")

    def _lead(self, box: Box, path: Sequence[Point], colour: str) -> None:
        """Draw a thin line from a name to the nearest point of its line, where that is far."""

        def near(point: Point) -> Point:
            x, y = point
            return min(max(x, box.x), box.right), min(max(y, box.y), box.bottom)

        at = min([*path, *_between(path)], key=lambda point: math.dist(point, near(point)))
        if math.dist(at, near(at)) > FAR:
            (x0, y0), (x1, y1) = near(at), at
            d = f"M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}"
            self.scene.shape(d, max(y0, y1), stroke=colour, thick=0.75)


def _places(path: Sequence[Point], wide: float, tall: float) -> Iterator[Point]:
    """Yield where a name may stand: beside the end of its line, then above and below its way."""
    x, y = path[-1]
    yield x + 8, y - tall / 2
    for x, y in [*reversed(path), *_between(path)]:
        for gap in (5.0, 12.0, 22.0):
            for left in (x - wide, x - wide / 2, x):
                yield left, y - tall - gap
                yield left, y + gap


def _between(path: Sequence[Point]) -> Iterator[Point]:
    for (x0, y0), (x1, y1) in reversed(list(pairwise(path))):
        for share in (0.75, 0.5, 0.25):
            yield x0 + share * (x1 - x0), y0 + share * (y1 - y0)


def _disc(at: Point, radius: float = 4.0) -> str:
    """Return the path of a dot."""
    x, y = at
    around = f"a{radius:g} {radius:g} 0 1 0"
    return f"M{x - radius:.1f} {y:.1f}{around} {2 * radius:g} 0{around} {-2 * radius:g} 0"
