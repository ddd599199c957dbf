"""Horizontal bars: few values, each labelled with its number, on a linear or a log axis."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
from matplotlib.figure import Figure as Canvas

from tokenworks.figures.theme import Figure, finish, settings
from tokenworks.units import show_as


def bars(
    values: Mapping[str, float],
    dimension: str,
    *,
    title: str,
    xlabel: str,
    alt: str,
    log: bool = False,
) -> Figure:
    """Draw one bar a value; each bar's number carries its unit."""
    if not values:
        raise ValueError("bars need at least one value")
    with mpl.rc_context(settings()):
        canvas = Canvas(figsize=(4.6, 0.9 + 0.42 * len(values)))
        axes = canvas.add_subplot()
        names = list(values)[::-1]
        lengths = [values[name] for name in names]
        drawn = axes.barh(names, lengths, color=f"C{0}", height=0.6)
        axes.bar_label(drawn, [f" {show_as(v, dimension)}" for v in lengths], padding=2)
        axes.set(title=title, xlabel=xlabel, xticks=[])
        if log:
            axes.set_xscale("log")
            axes.set_xlim(min(lengths) / 3, max(lengths) * 30)
            axes.set_xticks([], minor=True)
        else:
            axes.set_xlim(0, max(lengths) * 1.35)
        axes.tick_params(length=0)
        axes.spines["bottom"].set_visible(False)
        return finish(canvas, alt=alt)
