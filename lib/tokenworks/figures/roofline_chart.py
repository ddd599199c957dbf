"""A log-log roofline: roofs of chips, their ridges, and operations under the first roof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tokenworks.accelerator import Chip
from tokenworks.cost.roofline import Operation, attainable_flops_per_s, ridge_intensity
from tokenworks.figures.box import Box
from tokenworks.figures.line_chart import SERIES
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import Plane, titled_axes
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import UNITS, show

REGIONS = ("memory-bound:\nbytes set the floor", "compute-bound:\narithmetic sets it")
Point = tuple[Number, Number]


@dataclass(frozen=True)
class Roof:
    """What a chip can do at best: so much arithmetic, so much memory traffic."""

    name: str
    flops_per_s: Number
    bytes_per_s: Number

    @property
    def ridge(self) -> float:
        """Intensity at which the two meet, FLOP/B."""
        return ridge_intensity(self.flops_per_s, self.bytes_per_s)

    def at(self, intensity: Number) -> float:
        """Height of the roof over an intensity, FLOP/s."""
        return attainable_flops_per_s(
            intensity, flops_per_s=self.flops_per_s, bytes_per_s=self.bytes_per_s
        )


def chip_roof(chip: Chip, arithmetic: str = "bf16") -> Roof:
    """Return the roof of a chip at a precision."""
    return Roof(f"{chip.label}, {arithmetic}", chip.peak(arithmetic), chip.hbm_bytes_per_s)


def roofline(
    roofs: Sequence[Roof],
    operations: Sequence[Operation] = (),
    *,
    title: str,
    alt: str,
    caption: str = "",
    achieved: Mapping[str, Number] | None = None,
    regions: bool = False,
) -> Figure:
    """Draw roofs, and each operation where the first of them lets it run at best.

    `achieved` holds measured FLOP/s by the name of an operation: hollow points under the roof.
    A roof is named, with its ridge, at its right end. `regions` names what limits an operation on
    either side of the first roof's ridge.
    """
    if not roofs:
        raise ValueError("a roofline needs at least one roof")
    points = [(op.intensity, roofs[0].at(op.intensity)) for op in operations]
    found = [(op.intensity, (achieved or {}).get(op.name)) for op in operations]
    hollow = [(x, y) for x, y in found if y is not None]
    scales = _scales(roofs, [*points, *hollow])
    unit = _unit(max(roof.flops_per_s for roof in roofs))

    def layout(scene: Scene) -> None:
        margin = scene.width * (0.24 if scene.wide else 0.29)
        labels, units = ("intensity (FLOP/B)", f"attainable ({unit})"), (1.0, UNITS[unit][1])
        plane = titled_axes(scene, title, scales, labels=labels, margin=margin + 12, units=units)
        if regions:
            _regions(plane, roofs[0])
        _draw_roofs(plane, roofs, margin)
        for point in [*points, *hollow]:
            plane.dot(point, "2", hollow=point in hollow)
            plane.keep_free(point)
        for point, name in sorted(zip(points, (op.name for op in operations), strict=True)):
            plane.name(point, name)

    names = " ".join(named.name for named in (*roofs, *operations))
    numbers = numbers_in(f"{names} {title} {alt} {caption}") | _numbers(roofs, operations)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _numbers(roofs: Sequence[Roof], operations: Sequence[Operation]) -> dict[str, Number]:
    ridges: dict[str, Number] = {f"ridge of {roof.name}": roof.ridge for roof in roofs}
    return ridges | {operation.name: operation.intensity for operation in operations}


def _unit(peak: Number) -> str:
    units = ("TFLOP/s", "GFLOP/s", "MFLOP/s", "FLOP/s")
    return next(unit for unit in units if peak >= UNITS[unit][1] / 2)


def _shade(i: int) -> str:
    return [colour for colour in SERIES if colour != "2"][i % (len(SERIES) - 1)]


def _scales(roofs: Sequence[Roof], points: Sequence[Point]) -> tuple[Scale, Scale]:
    ridges = [roof.ridge for roof in roofs]
    low = min([min(ridges) / 30, *(x / 2 for x, _ in points)])
    high = max([max(ridges) * 12, *(x * 8 for x, _ in points)])
    bottom = min([min(roof.at(low) for roof in roofs), *(y / 2 for _, y in points)])
    top = max(roof.flops_per_s for roof in roofs) * 5
    return Scale(low, high, "log"), Scale(bottom / 3, top, "log")


def _draw_roofs(plane: Plane, roofs: Sequence[Roof], margin: Number) -> None:
    """Draw each roof, its ridge, the dashed way down from there, and its name at its end."""
    ends = []
    for i, roof in enumerate(roofs):
        bottom = max(plane.x.low, plane.y.low / roof.bytes_per_s)
        corner = (roof.ridge, roof.flops_per_s)
        end = (plane.x.high, roof.flops_per_s)
        plane.curve([(bottom, roof.at(bottom)), corner, end], _shade(i))
        plane.curve([corner, (roof.ridge, plane.y.low)], _shade(i), thick=1, dashed=True)
        plane.dot(corner, _shade(i))
        name = f"{roof.name}\n{show(roof.ridge, 'FLOP/B')}"
        ends.append((plane.at(*end)[1], name, _shade(i)))
    plane.end_names(ends, margin)


def _regions(plane: Plane, roof: Roof) -> None:
    """Tint what lies left and right of a ridge, and say above what limits an operation there."""
    scene, box = plane.scene, plane.box
    x = plane.at(roof.ridge, plane.y.low)[0]
    sides = ((box.x, x, "decode", REGIONS[0]), (x, box.right, "prefill", REGIONS[1]))
    for left, right, colour, words in sides:
        scene.shape(
            f"M{left:.1f} {box.y:.1f}H{right:.1f}V{box.bottom:.1f}H{left:.1f}z",
            box.bottom,
            colour,
            opacity=0.1,
        )
        half = Box(left, box.y + 3, right - left, 2.3 * scene.line_height("note"))
        scene.inside(half, words, words.split(":")[0], role="note", colour=colour, bold=True)
