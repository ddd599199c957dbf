"""Curves over logarithmic or linear axes, with dashed lines for fixed levels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from tokenworks.figures.theme import MUTED, Figure, finish, palette, settings
from tokenworks.number import Number
from tokenworks.units import plain

STYLES = ("-", "--", "-.", ":")
SMALL = 10

Points = Sequence[tuple[Number, Number]]


def curves(
    lines: Mapping[str, Points],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    alt: str,
    levels: Mapping[str, Number] | None = None,
    scale: Literal["log", "linear"] = "log",
) -> Figure:
    """Draw each line of (x, y) points on log or linear axes; `levels` are horizontal lines."""
    if not lines or not all(lines.values()):
        raise ValueError("curves need at least one line, and each line at least one point")
    with mpl.rc_context(settings()):
        canvas = Canvas(figsize=(4.6, 3.5 + 0.24 * len(lines)))
        axes = canvas.add_subplot()
        for i, (name, points) in enumerate(lines.items()):
            xs, ys = zip(*points, strict=True)
            axes.plot(xs, ys, STYLES[i % 4], color=f"C{(0, 1, 2, 3, 4)[i % 5]}", lw=2, label=name)
        left = min(x for points in lines.values() for x, _ in points)
        for name, height in (levels or {}).items():
            axes.axhline(height, color=palette()[MUTED], lw=1, dashes=(2, 2))
            axes.text(left, height, name, fontsize=SMALL, va="bottom", color=palette()[MUTED])
        axes.set(xscale=scale, yscale=scale, title=title, xlabel=xlabel, ylabel=ylabel)
        _plain_ticks(axes, scale)
        axes.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.2), frameon=False, fontsize=SMALL)
        return finish(canvas, alt=alt)


def _plain_ticks(axes: Axes, scale: str) -> None:
    """Write 1,000 and not a power of ten; an axis within one decade gets ticks inside it."""
    for axis in (axes.xaxis, axes.yaxis):
        if scale == "log":
            low, high = map(math.log10, axis.get_view_interval())
            inside = math.floor(high) - math.ceil(low) + 1 < 2
            axis.set_major_locator(LogLocator(subs=(1, 2, 5) if inside else (1,), numticks=8))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
    axes.tick_params(labelsize=SMALL)
