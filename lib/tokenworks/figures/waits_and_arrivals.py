"""How long each request waited for its first token, by the moment at which it was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.plane import axes
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.serving.metrics import Timed, ttft_seconds
from tokenworks.units import show

RADIUS = 2.2
Stretch = tuple[Number, Number]  # from and until, s
Dot = tuple[Number, Number]  # sent, waited


def waits_by_arrival(
    loads: Mapping[str, tuple[Sequence[Timed], Stretch]],
    *,
    before: Number,
    after: Number,
    caption: str = "",
) -> Figure:
    """Draw a dot a request for each load: sent when, waited how long; its stretch of the freeze.

    A load is its requests and when its server froze, from and until, in seconds; the axis begins
    `before` it and ends `after` it. No request in that time raises ValueError.
    """
    shown = {name: _around(*load, before=before, after=after) for name, load in loads.items()}
    for name, dots in shown.items():
        if not dots:
            raise ValueError(f"no request of {name!r} was sent in the time that is drawn")
    longest = max(wait for dots in shown.values() for _, wait in dots)
    frozen = max(end - start for _, (start, end) in loads.values())
    numbers: dict[str, Number] = {"freeze": frozen}
    for name, dots in shown.items():
        numbers[f"{name}: sent in the freeze"] = sum(0 <= at < frozen for at, _ in dots)
        numbers[f"{name}: longest wait"] = max(wait for _, wait in dots)

    told = " ".join(
        f"{name.capitalize()}: {numbers[f'{name}: sent in the freeze']} requests sent in it, the "
        f"longest wait is {show(numbers[f'{name}: longest wait'], 's', decimals=1)}."
        for name in shown
    )
    alt = f"Waiting for the first token by the time of sending, around a freeze. {told}"
    counts = {name: numbers[f"{name}: sent in the freeze"] for name in shown}
    panels = {f"{k}: {counts[k]} sent while it was frozen": dots for k, dots in shown.items()}
    scales = Scale(-before, frozen + after), Scale(0, longest * 1.08)
    layout = partial(_layout, panels=panels, scales=scales, frozen=frozen)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _layout(
    scene: Scene,
    *,
    panels: Mapping[str, Sequence[Dot]],
    scales: tuple[Scale, Scale],
    frozen: Number,
) -> None:
    low, tall = 0.0, 190 if scene.wide else 170
    labels = ("sent, s after the freeze began", "first token after, s")
    for words, dots in panels.items():
        low = scene.text((0, low), words, "title", width=scene.width).bottom + 8
        plane = axes(scene, Box(0, low, scene.width, tall), scales, labels=labels)
        left, right = (plane.at(time, 0)[0] for time in (0, frozen))
        band = f"M{left:.1f} {plane.box.y:.1f}H{right:.1f}V{plane.box.bottom:.1f}H{left:.1f}Z"
        scene.shape(band, plane.box.bottom, "waste", opacity=0.14)
        for point in dots:
            x, y = plane.at(*point)
            d = f"M{x - RADIUS:.1f} {y:.1f}a{RADIUS} {RADIUS} 0 1 0 {2 * RADIUS} 0"
            scene.shape(f"{d}a{RADIUS} {RADIUS} 0 1 0 {-2 * RADIUS} 0z", y, "prefill")
        low = scene.low + 14


def _around(
    requests: Sequence[Timed], stretch: Stretch, *, before: Number, after: Number
) -> list[Dot]:
    """Return (sent, waited) of the requests near a stretch, times from its beginning."""
    start, end = stretch
    near = (r for r in requests if start - before <= r.arrival_seconds < end + after)
    return sorted((r.arrival_seconds - start, ttft_seconds(r)) for r in near)
