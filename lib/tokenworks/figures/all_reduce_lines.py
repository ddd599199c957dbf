"""All-reduces as they were timed, the lines laid through them, and where one gives way to the next.

Below stands the floor: what must be sent, at the rate of the chip's links.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tokenworks.cost.all_reduce_fits import AllReduceFit, Segment, fit_all_reduce, size, timed
from tokenworks.cost.chip_links import network
from tokenworks.cost.collectives import all_reduce_seconds, sent_bytes
from tokenworks.data.silicon import LICENCE
from tokenworks.figures.line_chart import SERIES, Points
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import Plane, titled_axes
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.specs import chip
from tokenworks.units import show

LIBRARIES = {"nccl": "NCCL", "trtllm": "TensorRT-LLM", "vllm_graph": "vLLM"}
KIB, MICROSECOND = 1024, 1e-6
DOT = 2.75  # px, radius


def timed_all_reduces(on: str, chips: int, *, libraries: Sequence[str] = ("nccl",)) -> Figure:
    """Draw the timed all-reduces of some libraries on so many chips, with fitted lines and floor.

    A ring around a point is the first of a new line: a switch of the library's. What nobody timed
    raises ValueError.
    """
    fits = [fit_all_reduce(on, library, chips) for library in libraries]
    said = "; ".join(f"{_label(fit)} switches {_switches(fit)}" for fit in fits)
    off = ", ".join(f"{_label(f)} {show(f.median_error, '%', decimals=1)}" for f in fits)
    label = chip(on).label.split()[0]
    alt = (
        f"Time over bytes, both logarithmic, on {chips} × {label}: flat for small messages, then "
        f"rising along straight lines above a dashed floor. {said}."
    )
    caption = f"{said}. Median error of the lines: {off}. {LICENCE}"
    numbers: dict[str, Number] = dict(
        numbers_in(" ".join(s.name for f in fits for s in f.switches))
    )
    numbers |= {f"{_label(fit)}, median error": fit.median_error for fit in fits}
    numbers |= {"chips": chips} | numbers_in(said)
    layout = partial(_layout, fits=fits, title=f"All-reduce on {chips} × {label}")
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _label(fit: AllReduceFit) -> str:
    return LIBRARIES.get(fit.implementation, fit.implementation)


def _switches(fit: AllReduceFit) -> str:
    ends = [(size(switch.after_bytes), size(switch.at_bytes)) for switch in fit.switches]
    names = [f"between {old} and {new}" for old, new in ends]
    return " and ".join(names) or "nowhere"


def _layout(scene: Scene, *, fits: Sequence[AllReduceFit], title: str) -> None:
    rows = {fit: timed(fit.chip, fit.implementation, fit.chips) for fit in fits}
    sizes = [row.bytes for found in rows.values() for row in found]
    times = [row.seconds for found in rows.values() for row in found]
    wide = Scale(min(sizes) / 1.3, max(sizes) * 1.3, "log")
    tall = Scale(min(times) / 2, max(times) * 1.3, "log")
    labels, units = ("message (KiB)", "time (µs)"), (KIB, MICROSECOND)
    margin = max(scene.measure(_label(fit), "note", bold=True) for fit in fits) + 14
    plane = titled_axes(scene, title, (wide, tall), labels=labels, margin=margin, units=units)
    _floor(plane, fits[0])
    ends = []
    for (fit, found), colour in zip(rows.items(), SERIES, strict=False):
        for row in found:
            _dot(plane, (row.bytes, row.seconds), colour)
        for segment in fit.segments:
            plane.curve(_line(segment, fit.chips), colour, thick=1.5)
        for switch in fit.switches:
            point = (switch.at_bytes, fit.seconds(switch.at_bytes))
            plane.dot(point, colour, hollow=True)
        ends.append((plane.at(found[-1].bytes, found[-1].seconds)[1], _label(fit), colour))
    plane.end_names(ends, margin - 12)
    words = "a dot: timed; a line: alpha and beta fitted to its dots; a ring: where the next line "
    words += "begins; dashed: the floor, all bytes at the rate of the links"
    scene.text((0, scene.low + 8), words, "note", width=scene.width)


def _floor(plane: Plane, fit: AllReduceFit) -> None:
    """Draw what must be sent at the rate of the chip's links: straight through nothing."""
    around = network(chip(fit.chip), fit.chips)
    slope = all_reduce_seconds(plane.x.high, around) / plane.x.high
    low = max(plane.x.low, plane.y.low / slope)
    ends = [(low, slope * low), (plane.x.high, slope * plane.x.high)]
    plane.curve(ends, "floor", thick=1.25, dashed=True)


def _line(segment: Segment, chips: int) -> Points:
    steps = 12
    ratio = segment.last_bytes / segment.first_bytes
    places = [segment.first_bytes * ratio ** (i / steps) for i in range(steps + 1)]
    return [(x, segment.line.seconds(sent_bytes("all-reduce", x, chips))) for x in places]


def _dot(plane: Plane, point: tuple[Number, Number], fill: str) -> None:
    x, y = plane.at(*point)
    d = f"M{x - DOT:.1f} {y:.1f}a{DOT} {DOT} 0 1 0 {2 * DOT} 0a{DOT} {DOT} 0 1 0 {-2 * DOT} 0z"
    plane.scene.shape(d, y + DOT, fill)
