"""The plane of a chart: two scales, their axes, curves, levels, and words at what they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tokenworks.figures.box import Box, Point
from tokenworks.figures.marks import DOT, dot
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import plain


@dataclass(frozen=True)
class Plane:
    """A box of a scene with a scale along each side."""

    scene: Scene
    box: Box
    x: Scale
    y: Scale

    def at(self, x: Number, y: Number) -> Point:
        """Return where a point of the chart lies in the drawing."""
        across, up = self.x.share(x), self.y.share(y)
        return self.box.x + across * self.box.w, self.box.bottom - up * self.box.h

    def curve(
        self,
        points: Sequence[tuple[Number, Number]],
        stroke: str,
        *,
        thick: Number = 2.25,
        dashed: bool = False,
    ) -> None:
        """Draw a line through points of the chart."""
        self.scene.line([self.at(x, y) for x, y in points], stroke, thick=thick, dashed=dashed)

    def dot(self, point: tuple[Number, Number], fill: str, *, hollow: bool = False) -> None:
        """Mark a point of the chart."""
        dot(self.scene, self.at(*point), fill, hollow=hollow)

    def keep_free(self, point: tuple[Number, Number]) -> None:
        """Let no words stand on the mark of a point."""
        (x, y), r = self.at(*point), DOT
        self.scene.strokes += [((x - r, y), (x + r, y)), ((x, y - r), (x, y + r))]

    def level(self, height: Number, words: str) -> None:
        """Draw a dashed line at a height, and its words where nothing else is."""
        box, y = self.box, self.at(self.x.low, height)[1]
        self.scene.line([(box.x, y), (box.right, y)], "floor", thick=1.25, dashed=True)
        wide, tall = self.scene.measure(words, "note"), self.scene.size("note")
        lefts = [box.x + 4 + (box.w - wide - 8) * i / 8 for i in range(9)]
        tops = (y - tall - 4, y + 3)
        places = [Box(left, top, wide, tall) for top in tops for left in lefts]
        places = [place for place in places if place.y >= box.y - tall]
        best = next((place for place in places if self.scene.is_free(place)), places[0])
        self.scene.text(best.corner, words, "note", halo=True)

    def name(self, point: tuple[Number, Number], words: str, *, colour: str = "") -> None:
        """Write words at the first free place around a point, with a line to it if it is far.

        Where there is none, ValueError says so.
        """
        x, y = self.at(*point)
        wide = max(self.scene.measure(line, "note") for line in words.split("\n"))
        size = self.scene.size("note")
        tall = size * (1 + 1.3 * words.count("\n"))
        for away in (7, 14, *range(24, 264, 12)):
            for left, top in _around((x, y), (wide, tall), away):
                place = Box(left, top, wide, tall)
                leader = _leader((x, y), place) if away > 14 else None
                if self._holds(place) and self.scene.is_free(place, leader):
                    if leader:
                        self.scene.line(leader, "muted", thick=0.8)
                    self.scene.text(place.corner, words, "note", colour=colour or "ink")
                    return
        raise ValueError(f"no room for the label {words!r}: place fewer of them")

    def _holds(self, place: Box) -> bool:
        inside = Box(self.box.x + 2, self.box.y, self.scene.width - self.box.x - 2, self.box.h - 2)
        return inside.holds(place, slack=0)

    def end_names(self, ends: Sequence[tuple[Number, str, str]], width: Number) -> None:
        """Write (height in px, words, colour) right of the plane, moved apart where they touch."""
        scene, line = self.scene, self.scene.line_height("note")
        blocks = []
        for y, words, colour in sorted(ends):
            lines = scene.wrap(words, "note", width, bold=True)
            blocks.append((y, "\n".join(lines), colour, len(lines) * line + 4))
        if not blocks:
            return
        tops = spread([y - tall / 2 for y, _, _, tall in blocks], [tall for *_, tall in blocks])
        left, over = self.box.right + 12, tops[-1] + blocks[-1][3] - (self.box.bottom + line)
        shift = min(0, -over) if over > 0 else max(0, self.box.y - line - tops[0])
        for top, (y, words, colour, tall) in zip(tops, blocks, strict=True):
            middle = top + shift + tall / 2
            if abs(middle - y) > 3:
                scene.line([(self.box.right, y), (left - 3, middle)], colour, thick=0.8)
            place = (left, middle - tall / 2 + 2 + (line - scene.size("note")) / 2)
            scene.text(place, words, "note", colour=colour, bold=True)


def spread(tops: Sequence[Number], sizes: Sequence[Number]) -> list[Number]:
    """Move stretches apart that overlap, each group about its middle; they are in order."""
    groups: list[list[Number]] = []  # start of a group, its size, how many it holds
    for top, size in zip(tops, sizes, strict=True):
        groups.append([top, size, 1])
        while len(groups) > 1 and groups[-2][0] + groups[-2][1] > groups[-1][0]:
            start, tall, count = groups.pop()
            first = groups[-1]
            whole = first[1] + tall
            centre = (first[2] * (first[0] + first[1] / 2) + count * (start + tall / 2)) / (
                first[2] + count
            )
            groups[-1] = [centre - whole / 2, whole, first[2] + count]
    places, rest = [], iter(sizes)
    for start, _, count in groups:
        for _ in range(int(count)):
            places.append(start)
            start += next(rest)
    return places


def axes(
    scene: Scene,
    outer: Box,
    scales: tuple[Scale, Scale],
    *,
    labels: tuple[str, str],
    units: tuple[Number, Number] = (1.0, 1.0),
) -> Plane:
    """Draw axes with their ticks and labels into a box; return the plane that they frame.

    `units` say what counts as 1 at the ticks of each axis.
    """
    (x, y), size, line = scales, scene.size("tick"), scene.line_height("tick")
    top = scene.text(outer.corner, labels[1], "note").bottom + 10
    bottom = outer.bottom - 2 * line - 8
    rises = y.ticks((bottom - top) / (2.2 * size), unit=units[1])
    left = outer.x + max(scene.measure(plain(v / units[1]), "tick") for v in rises) + 8
    plane = Plane(scene, Box(left, top, outer.right - left, bottom - top), x, y)
    for value in rises:
        height = plane.at(x.low, value)[1]
        thin = f"M{left:.1f} {height:.1f}H{plane.box.right:.1f}"
        scene.shape(thin, height, stroke="line", thick=0.75)
        words = plain(value / units[1])
        scene.text((left - 6, height - size / 2), words, "tick", side="end")
    _x_ticks(plane, units[0])
    right = plane.box.right
    scene.text((right, bottom + 8 + line), labels[0], "note", side="end")
    return plane


def titled_axes(
    scene: Scene,
    title: str,
    scales: tuple[Scale, Scale],
    *,
    labels: tuple[str, str],
    margin: Number,
    units: tuple[Number, Number] = (1.0, 1.0),
) -> Plane:
    """Draw a chart's title and its axes below, as wide as the scene but for a margin."""
    low = scene.text((0, 0), title, "title", width=scene.width).bottom + 12
    outer = Box(0, low, scene.width - margin, 330 if scene.wide else 280)
    return axes(scene, outer, scales, labels=labels, units=units)


def _x_ticks(plane: Plane, unit: Number) -> None:
    scene, box = plane.scene, plane.box
    floor = f"M{box.x:.1f} {box.bottom:.1f}H{box.right:.1f}"
    scene.shape(floor, box.bottom, stroke="muted", thick=1)
    for x, words in _apart(plane, unit):
        half = scene.measure(words, "tick") / 2
        scene.shape(f"M{x:.1f} {box.bottom:.1f}v4", box.bottom + 4, stroke="muted", thick=1)
        middle = min(x, scene.width - half)
        scene.text((middle, box.bottom + 7), words, "tick", side="middle")


def _apart(plane: Plane, unit: Number) -> list[tuple[Number, str]]:
    """Return place and words of as many ticks as stand apart."""
    scene, most = plane.scene, 1 + plane.box.w / (4.2 * plane.scene.size("tick"))
    ticks: list[tuple[Number, str]] = []
    for less in range(6):
        values = plane.x.ticks(most / 1.5**less, unit=unit)
        ticks = [(plane.at(v, plane.y.low)[0], plain(v / unit)) for v in values]
        ends = [(x, scene.measure(words, "tick") / 2 + 3) for x, words in ticks]
        if all(b[0] - a[0] > a[1] + b[1] for a, b in pairwise(ends)):
            break
    return ticks


def _around(point: Point, size: Point, away: Number) -> list[Point]:
    """Return upper left corners of words around a point: below right, above left and so on."""
    (x, y), (wide, tall) = point, size
    return [
        (x + away, y + away * 0.4),
        (x - away - wide, y - away * 0.4 - tall),
        (x + away, y - tall / 2),
        (x - wide / 2, y - away - tall),
        (x - wide / 2, y + away),
        (x - away - wide, y + away * 0.4),
        (x + away, y - away * 0.4 - tall),
        (x - away - wide, y - tall / 2),
        (x - wide + 4, y + away),
        (x - 4, y + away),
        (x - wide + 4, y - away - tall),
    ]


def _leader(point: Point, place: Box) -> list[Point]:
    """Return the line from a point to the nearest side of words."""
    x = min(max(point[0], place.x), place.right)
    y = place.y - 1 if place.cy > point[1] else place.bottom + 1
    if place.y <= point[1] <= place.bottom:
        y, x = point[1], place.x - 2 if place.cx > point[0] else place.right + 2
    return [point, (x, y)]
