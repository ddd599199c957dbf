"""A log-log roofline: roofs of chips, their ridges, and operations under the first roof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from matplotlib.transforms import Bbox

from tokenworks.cost.roofline import Operation, attainable_flops_per_s, ridge_intensity
from tokenworks.figures.theme import MUTED, Figure, finish, palette, settings
from tokenworks.number import Number
from tokenworks.specs import Chip
from tokenworks.units import UNITS, plain, show

SMALL = 10
STEP = 13.0  # points between two places that a label may take


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


@dataclass
class Layout:
    """What the labels must not touch, in pixels of a drawn canvas."""

    axes: Axes
    canvas: FigureCanvasAgg
    taken: list[Bbox] = field(default_factory=list)
    crossed: list[Bbox] = field(default_factory=list)  # only where there is no near place
    words: list[Bbox] = field(default_factory=list)

    def block(self, points: Sequence[tuple[Number, Number]], size: float) -> list[Bbox]:
        """Return squares around these points of the plot."""
        at = self.axes.transData.transform(points) if points else []
        return [Bbox.from_bounds(x - size / 2, y - size / 2, size, size) for x, y in at]

    def place(self, text: str, point: tuple[Number, Number]) -> None:
        """Write a label at the first free place around a point, with a line to it if far."""
        for steps, avoided in ((2, self.taken + self.crossed), (14, self.taken)):
            for offset in _places(steps):
                label = self._write(text, point, offset)
                box = label.get_window_extent(self.canvas.get_renderer()).padded(1.5)
                line = self._line(point, offset)
                if (
                    self._inside(box)
                    and not _touch([box], avoided)
                    and not _touch(line, self.words)
                ):
                    self.words.append(box)
                    self.taken += [box, *line]
                    if line:
                        style = {"arrowstyle": "-", "color": palette()[MUTED], "lw": 0.7}
                        self._write("", point, offset, arrowprops=style)
                    return
                label.remove()
        raise ValueError(f"no room for the label {text!r}: place fewer operations")

    def _inside(self, box: Bbox) -> bool:
        frame = self.axes.get_window_extent()
        wide = frame.x0 <= box.x0 and box.x1 <= frame.x1
        return bool(wide and frame.y0 <= box.y0 and box.y1 <= frame.y1)

    def _line(self, point: tuple[Number, Number], offset: tuple[Number, Number]) -> list[Bbox]:
        """Return small squares along the line from a point to a label that stands apart."""
        if abs(offset[1]) <= STEP:
            return []
        (x, y), scale = self.axes.transData.transform(point), self.axes.figure.dpi / 72
        ends = [(x + offset[0] * scale * i / 20, y + offset[1] * scale * i / 20) for i in range(20)]
        return [Bbox.from_bounds(right - 1, up - 1, 2, 2) for right, up in ends]

    def _write(
        self, text: str, point: tuple[Number, Number], offset: tuple[Number, Number], **options: Any
    ) -> Annotation:
        sides = {0: "center", 1: "left", -1: "right"}
        side = sides[(offset[0] > 0) - (offset[0] < 0)]
        vertical = "top" if offset[1] < 0 else "bottom"
        options |= {"textcoords": "offset points", "fontsize": SMALL}
        return self.axes.annotate(text, point, offset, ha=side, va=vertical, **options)


def _touch(boxes: Sequence[Bbox], others: Sequence[Bbox]) -> bool:
    return any(box.overlaps(other) for box in boxes for other in others)


def _places(steps: int) -> Iterator[tuple[Number, Number]]:
    """Yield offsets of a label in points: below right, then above left, near ones first."""
    for away in range(steps):
        yield 7.0, -(3 + STEP * away)
        yield -7.0, 3 + STEP * away
        yield 0.0, 6 + STEP * away
        yield 0.0, -(6 + STEP * away)
        yield -7.0, -(6 + STEP * away)


def roofline(
    roofs: Sequence[Roof],
    operations: Sequence[Operation] = (),
    *,
    title: str,
    alt: str,
    achieved: Mapping[str, Number] | None = None,
) -> Figure:
    """Draw roofs, and each operation where the first of them lets it run at best.

    `achieved` holds measured FLOP/s by the name of an operation: hollow points under the roof.
    """
    if not roofs:
        raise ValueError("a roofline needs at least one roof")
    points = [(op.intensity, roofs[0].at(op.intensity)) for op in operations]
    measured = achieved or {}
    hollow = [(op.intensity, measured[op.name]) for op in operations if op.name in measured]
    with mpl.rc_context(settings()):
        canvas = Canvas(figsize=(4.6, 3.6))
        layout = Layout(canvas.add_subplot(), FigureCanvasAgg(canvas))
        axes = layout.axes
        lines = [_draw_roof(axes, roof, i) for i, roof in enumerate(roofs)]
        low, high = _frame(axes, roofs, [*points, *hollow])
        _finish_axes(axes, title, max(roof.flops_per_s for roof in roofs))
        _name_roofs(axes, lines, roofs)
        axes.plot(*_columns(points), "o", color="C1", ms=7, zorder=3)
        axes.plot(*_columns(hollow), "o", color="C1", mfc="none", ms=7)
        layout.canvas.draw()
        grid = [low * (high / low) ** (i / 150) for i in range(151)]
        layout.taken += layout.block([*points, *hollow], 9.0)
        for roof in roofs:
            layout.taken += layout.block([(x, roof.at(x)) for x in grid], 3.0)
            drop = [(roof.ridge, roof.flops_per_s * 0.8**i) for i in range(1, 60)]
            layout.crossed += layout.block(drop, 3.0)
        for point, operation in sorted(zip(points, operations, strict=True), key=lambda p: p[0]):
            layout.place(operation.name, point)
        return finish(canvas, alt=alt, markers=True)


def _columns(points: Sequence[tuple[Number, Number]]) -> tuple[list[Number], list[Number]]:
    return [x for x, _ in points], [y for _, y in points]


def _draw_roof(axes: Axes, roof: Roof, i: int) -> Any:
    x = [roof.ridge * 1e-7, roof.ridge, roof.ridge * 1e7]
    style = ("-", "--", "-.", ":")[i % 4]  # told apart without colour too
    colour = f"C{(0, 2, 3, 4)[i % 4]}"
    (line,) = axes.plot(x, [roof.at(v) for v in x], style, color=colour, lw=2)
    axes.plot([roof.ridge], [roof.flops_per_s], "D", color=colour, ms=5)
    axes.plot([roof.ridge] * 2, [1e-9, roof.flops_per_s], ":", color=colour, lw=1)
    return line


def _name_roofs(axes: Axes, lines: Sequence[Any], roofs: Sequence[Roof]) -> None:
    names = [f"{roof.name}: ridge {show(roof.ridge, 'FLOP/B')}" for roof in roofs]
    below = (-0.02, -0.2)
    axes.legend(lines, names, fontsize=SMALL, loc="upper left", bbox_to_anchor=below, frameon=False)


def _frame(axes: Axes, roofs: Sequence[Roof], points: Sequence[tuple[Number, Number]]) -> Any:
    ridges = [roof.ridge for roof in roofs]
    low = min([min(ridges) / 30, *(x / 2 for x, _ in points)])
    high = max([max(ridges) * 12, *(x * 8 for x, _ in points)])
    bottom = min([min(roof.at(low) for roof in roofs), *(y / 2 for _, y in points)])
    axes.set(xscale="log", yscale="log", xlim=(low, high))
    axes.set_ylim(bottom / 3, max(roof.flops_per_s for roof in roofs) * 7)
    return low, high


def _finish_axes(axes: Axes, title: str, peak: float) -> None:
    unit = next(u for u in ("PFLOP/s", "TFLOP/s", "GFLOP/s", "MFLOP/s") if peak >= UNITS[u][1] / 2)
    unit = "TFLOP/s" if unit == "PFLOP/s" else unit
    size = UNITS[unit][1]
    axes.set(title=title, xlabel="intensity (FLOP/B)", ylabel=f"attainable ({unit})")
    for axis, scale in ((axes.xaxis, 1.0), (axes.yaxis, size)):
        axis.set_major_locator(LogLocator(numticks=8))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _, scale=scale: plain(value / scale)))
    axes.tick_params(labelsize=SMALL)
