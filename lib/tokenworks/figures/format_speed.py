"""Narrow matrix products beside bf16 by their tokens: when fewer bits are faster, and when not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from tokenworks.cost.operations import PRECISIONS
from tokenworks.cost.product_times import SpeedOverBf16, speeds_over_bf16
from tokenworks.data.silicon import LICENCE
from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import Plane, axes
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.specs import chip, number_format
from tokenworks.units import plain

WEIGHT_ONLY = {name for name, kind in PRECISIONS.items() if kind.weights != kind.values == "bf16"}
CASES = (("a100-80gb", "int4"), ("h100-sxm", "fp8"), ("b200", "fp4"))
TALL = (250.0, 200.0)  # px: a chart on a wide screen, and on a phone
GAP = 22.0
MEASURED, PREDICTED = "1", "floor"


def speed_by_tokens(
    cases: Sequence[tuple[str, str]] = CASES,
    *,
    n: int = 8192,
    k: int = 8192,
    caption: str = "",
) -> Figure:
    """Draw how much faster than bf16 a [k, n] matrix is multiplied on each (chip, precision).

    Points are measured, the dashed line is what bytes and FLOPs predict; in the tinted stretch a
    format is only smaller. A chip that nobody timed so raises KeyError.
    """
    found = {_title(*case): speeds_over_bf16(*case, n=n, k=k) for case in cases}
    layout = partial(_layout, found=found)
    said = f"{caption or _caption(n, k)} {LICENCE}"
    told = "; ".join(f"{title}, {_told(speeds)}" for title, speeds in found.items())
    alt = "Charts of speed over bf16 by the tokens multiplied at once, measured and predicted. "
    numbers: dict[str, Number] = dict(numbers_in(f"{said} {told} {' '.join(found)}"))
    return drawing(layout, alt=f"{alt}{told}.", caption=said, numbers=numbers)


def _title(on: str, precision: str) -> str:
    weights = number_format(PRECISIONS[precision].weights).label.split(",")[0].split(" (")[0]
    also = " weights only" if precision in WEIGHT_ONLY else ""
    return f"{chip(on).label}: {weights}{also}"


def _caption(n: int, k: int) -> str:
    return f"One matrix of {plain(n)} × {plain(k)} weights, by the tokens that it is multiplied by."


def _told(speeds: Sequence[SpeedOverBf16]) -> str:
    ends = (speeds[0], speeds[-1])
    return ", ".join(
        f"{plain(round(one.measured, 2))} times as fast with {plain(one.tokens)} "
        f"token{'s' * (one.tokens > 1)} (predicted {plain(round(one.predicted, 2))})"
        for one in ends
    )


def _layout(scene: Scene, *, found: Mapping[str, Sequence[SpeedOverBf16]]) -> None:
    every = [one for speeds in found.values() for one in speeds]
    scales = (
        Scale(0.8, 1.25 * max(one.tokens for one in every), "log"),
        Scale(0, 1.08 * max(max(one.measured, one.predicted) for one in every)),
    )
    across = len(found) if scene.wide else 1
    wide, tall = (scene.width - 4 - GAP * (across - 1)) / across, TALL[not scene.wide]
    low = 0.0
    for i, (title, speeds) in enumerate(found.items()):
        if not scene.wide and i:
            low = scene.low + GAP
        left = i * (wide + GAP) if scene.wide else 0.0
        lines = title.replace(": ", ":\n") if scene.wide else title
        head = scene.text((left, low), lines, "label", bold=True)
        outer = Box(left, head.bottom + 6, wide, tall)
        plane = axes(scene, outer, scales, labels=("tokens", "times as fast as bf16"))
        _draw(plane, speeds)
    low = scene.low + 10
    scene.line([(1, low + 7), (25, low + 7)], MEASURED, thick=2.25)
    measured = scene.text((32, low), "measured", "note")
    left = measured.right + 24
    scene.line([(left, low + 7), (left + 24, low + 7)], PREDICTED, thick=2.25, dashed=True)
    scene.text((left + 31, low), "predicted by bytes and FLOPs", "note")


def _draw(plane: Plane, speeds: Sequence[SpeedOverBf16]) -> None:
    scene, box, even = plane.scene, plane.box, plane.at(1, 1)[1]
    scene.rect(Box(box.x, even, box.w, box.bottom - even), "waste", faint=True, under=True)
    scene.inside(
        Box(box.x, even, box.w, box.bottom - even),
        "only smaller",
        role="note",
        bold=True,
        colour="ink",
    )
    scene.shape(f"M{box.x:.1f} {even:.1f}H{box.right:.1f}", even, stroke="ink", thick=1)
    plane.curve([(one.tokens, one.predicted) for one in speeds], PREDICTED, dashed=True)
    measured = [(one.tokens, one.measured) for one in speeds]
    plane.curve(measured, MEASURED)
    for point in measured:
        plane.dot(point, MEASURED)
