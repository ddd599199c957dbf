"""Whole memories to scale, line by line: which cells hold tokens, and which are wasted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tokenworks.figures.box import Box
from tokenworks.figures.cell_uses import name_uses
from tokenworks.figures.marks import hatch
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.serving.memory_map import Span
from tokenworks.units import show

TALL, TALL_NARROW, GAP = 9.0, 7.0, 1.0  # px: a line of cells, and the paper between two lines
KEY = {
    "used": "tokens",
    "marked": "one sequence's",
    "reserved": "tokens to come",
    "internal": "wasted",
}
Run = tuple[int, int, int]  # line, first cell in it, last cell in it and one


def memory_fields(
    maps: Mapping[str, Sequence[Span]], *, line_cells: int, marked: int, caption: str = ""
) -> Figure:
    """Draw each memory in lines of `line_cells` cells, from its first cell to its last.

    Beside its name stand the share of cells with a token and the sequences in it. The sequence
    `marked` is drawn in ink. Memories of different sizes raise ValueError.
    """
    sizes = {spans[-1].stop for spans in maps.values()}
    if len(sizes) != 1:
        raise ValueError(f"memories of one size can be compared, not of {sorted(sizes)} cells")
    numbers: dict[str, Number] = {"cells": max(sizes), "cells in a line": line_cells}
    for name, spans in maps.items():
        numbers |= {f"{name}: {what}": value for what, value in counted(spans).items()}

    def layout(scene: Scene) -> None:
        low = 0.0
        for name, spans in maps.items():
            top = _header(scene, low, name, spans=spans)
            low = _field(scene, top, spans, line_cells=line_cells, marked=marked) + 10
        name_uses(scene, low, KEY)

    told = "; ".join(f"{name}: {', '.join(_said(spans))}" for name, spans in maps.items())
    alt = f"A memory of {max(sizes):,} cells to scale. {told}."
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def counted(spans: Sequence[Span]) -> dict[str, Number]:
    """Return the share of a memory's cells that hold a token, and how many sequences are in it."""
    used = sum(span.stop - span.start for span in spans if span.use == "used")
    inside = {span.sequence for span in spans} - {None}
    return {"used": used / spans[-1].stop, "sequences": len(inside)}


def _said(spans: Sequence[Span]) -> tuple[str, str]:
    found = counted(spans)
    share = show(found["used"], "%", decimals=1)
    return f"{share} holds tokens", f"{found['sequences']} sequences"


def _header(scene: Scene, y: Number, name: str, *, spans: Sequence[Span]) -> Number:
    """Write a memory's name and what is in it; return where its field begins."""
    share, inside = _said(spans)
    title = scene.text((0, y), name, "title")
    said = f"{share} · {inside}"
    if title.w + scene.measure(said, bold=True) + 12 <= scene.width:
        scene.text((scene.width, y), said, side="end", bold=True)
        return title.bottom + 5
    return scene.text((0, title.bottom + 3), said).bottom + 4


def _field(
    scene: Scene, top: Number, spans: Sequence[Span], *, line_cells: int, marked: int
) -> Number:
    """Draw one memory; return its lower edge."""
    lines = -(-spans[-1].stop // line_cells)
    tall = TALL if scene.wide else TALL_NARROW
    low = top + lines * tall - GAP
    layers: dict[str, list[Span]] = {"waste": [], "faint": [], "kv": [], "ink": []}
    for span in spans:
        if span.use == "used":
            layers["ink" if span.sequence == marked else "kv"].append(span)
        elif span.use == "reserved":
            layers["faint"].append(span)
        elif span.use in ("internal", "external"):
            layers["waste"].append(span)
    unit = (scene.width - 2) / line_cells
    scene.rect(Box(1, top, scene.width - 2, low - top), "panel", under=True)
    for line, start, stop in _runs(layers.pop("waste"), line_cells):
        place = Box(1 + start * unit, top + line * tall, (stop - start) * unit, tall - GAP)
        hatch(scene, place, step=5)
    for fill, chosen in layers.items():
        d = "".join(
            f"M{1 + start * unit:.2f} {top + line * tall:.1f}h{(stop - start) * unit:.2f}"
            f"v{tall - GAP:g}h-{(stop - start) * unit:.2f}z"
            for line, start, stop in _runs(chosen, line_cells)
        )
        if d:
            scene.shape(d, low, "kv" if fill == "faint" else fill, faint=fill == "faint")
    return low


def _runs(spans: Iterable[Span], line_cells: int) -> Iterator[Run]:
    """Yield neighbouring cells as runs that end with their line at the latest."""
    last: Run | None = None
    for span in spans:
        at = span.start
        while at < span.stop:
            line, column = divmod(at, line_cells)
            stop = min(span.stop - line * line_cells, line_cells)
            if last and last[0] == line and last[2] == column:
                last = (line, last[1], stop)
            else:
                if last:
                    yield last
                last = (line, column, stop)
            at = line * line_cells + stop
    if last:
        yield last
