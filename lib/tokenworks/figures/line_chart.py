"""Curves over logarithmic or linear axes, each named where it ends; dashed lines for levels."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from tokenworks.figures.box import Box, Point
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import Plane, titled_axes
from tokenworks.figures.scales import Kind, scale_of
from tokenworks.figures.scene import Scene
from tokenworks.number import Number

SERIES = ("1", "2", "3", "4", "5", "6")  # colours of lines that mean none of the book's things
Points = Sequence[tuple[Number, Number]]


def curves(
    lines: Mapping[str, Points],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    alt: str,
    levels: Mapping[str, Number] | None = None,
    scale: Kind = "log",
    colours: Mapping[str, str] | None = None,
    floors: Collection[str] = (),
    end: str = "",
    caption: str = "",
) -> Figure:
    """Draw lines of (x, y) points, named where they end; `levels` are horizontal and dashed.

    `floors` are drawn dashed too. `end` says what the last point of each line is, as a dot. The
    names of lines and levels may hold numbers. No line, or one without points, raises ValueError.
    """
    if not lines or not all(lines.values()):
        raise ValueError("curves need at least one line, and each line at least one point")
    shades = dict(zip(lines, SERIES * len(lines), strict=False)) | dict(colours or {})
    scales = _scales(lines, levels or {}, scale)

    def layout(scene: Scene) -> None:
        beside = _beside(scene, lines, scales[0].share)
        margin = _margin(scene, beside) + 12 if beside else 8
        plane = titled_axes(scene, title, scales, labels=(xlabel, ylabel), margin=margin)
        for name, points in lines.items():
            plane.curve(points, shades[name], dashed=name in floors)
        for name, points in lines.items() if end else ():
            plane.dot(points[-1], shades[name])
        _names(plane, lines, shades=shades, beside=beside)
        for name, height in (levels or {}).items():
            plane.level(height, name)
        if end:
            _explain_dot(scene, end)

    names = " ".join([*lines, *(levels or {}), title, xlabel, ylabel, end, alt, caption])
    return drawing(layout, alt=alt, caption=caption, numbers=numbers_in(names))


def _scales(lines: Mapping[str, Points], levels: Mapping[str, Number], kind: Kind):
    xs = [x for points in lines.values() for x, _ in points]
    ys = [y for points in lines.values() for _, y in points] + list(levels.values())
    return scale_of(xs, kind), scale_of(ys, kind)


def _beside(scene: Scene, lines: Mapping[str, Points], share) -> list[str]:
    """Return the lines named right of the chart: on a wide screen those that reach its side."""
    return [name for name in lines if scene.wide and share(lines[name][-1][0]) >= 0.9]


def _margin(scene: Scene, names: Collection[str]) -> float:
    """Return the room right of the chart: for the longest name, in lines if it is too long."""
    word = max(scene.measure(w, "note", bold=True) for name in names for w in name.split())
    longest = max(scene.measure(name, "note", bold=True) for name in names)
    return max(word, min(scene.width * 0.28, longest)) + 1


def _names(
    plane: Plane, lines: Mapping[str, Points], *, shades: Mapping[str, str], beside: list[str]
) -> None:
    """Name lines beside the chart or near their ends, the last point of each."""
    scene, right = plane.scene, plane.box.right + 12
    ends = [(plane.at(*lines[name][-1])[1], name, shades[name]) for name in beside]
    plane.end_names(ends, scene.width - right)
    for name, points in lines.items():
        if name not in beside:
            _name_line(plane, [plane.at(x, y) for x, y in points], name, colour=shades[name])


def _name_line(plane: Plane, path: Sequence[Point], words: str, *, colour: str) -> None:
    """Write a line's name at the first free place near its end; over other lines at worst."""
    scene = plane.scene
    wide, tall = scene.measure(words, "note", bold=True), scene.size("note") + 2
    frame = Box(plane.box.x, 0, scene.width - plane.box.x, plane.box.bottom)
    places = [Box(x, y, wide, tall) for x, y in _places(path, wide, tall)]
    inside = [place for place in places if frame.holds(place)]
    apart = [p for p in inside if not any(p.meets(words.box, 0.0) for words in scene.words)]
    near = [place for place in apart if place.cx > (path[0][0] + path[-1][0]) / 2]
    place = next((place for place in near if scene.is_free(place)), next(iter(apart), None))
    if place is None:
        raise ValueError(f"no room for the name {words!r}: draw fewer lines or shorten it")
    scene.text((place.x, place.y + 1), words, "note", colour=colour, bold=True, halo=True)


def _places(path: Sequence[Point], wide: Number, tall: Number) -> Iterator[Point]:
    """Yield where a name may stand: beside the end of its line, then above and below its way."""
    x, y = path[-1]
    yield x + 8, y - tall / 2
    for x, y in [*reversed(path), *_between(path)]:
        for gap in (5.0, 12.0):
            for left in (x - wide, x - wide / 2, x):
                yield left, y - tall - gap
                yield left, y + gap


def _between(path: Sequence[Point]) -> Iterator[Point]:
    for (x0, y0), (x1, y1) in reversed(list(pairwise(path))):
        for share in (0.75, 0.5, 0.25):
            yield x0 + share * (x1 - x0), y0 + share * (y1 - y0)


def _explain_dot(scene: Scene, words: str) -> None:
    """Say below the chart what a dot is."""
    low = scene.low + 8
    d = f"M0.5 {low + 7:.1f}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z"
    scene.shape(d, low + 12, "ink")
    scene.text((16, low), words, "note", width=scene.width - 16)
