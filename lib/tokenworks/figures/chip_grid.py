"""Slices of chips to scale: each chip a dot, each link a line, and where ends are joined.

One distance between chips in all of them, so that slices can be compared by eye.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product

from tokenworks.accelerator import Chip
from tokenworks.cost.chip_links import slice_torus
from tokenworks.cost.collectives import all_reduce_seconds
from tokenworks.cost.topology import Torus
from tokenworks.figures.box import Point
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

STEP = 27.0  # px between chips, less where the largest slice is wider than the drawing
DEEP = (0.62, 0.31)  # of a step, across and up: the next chip into the depth
STUB = 0.42  # of a step: half of a link that goes round to the other end
DOT = 3.2


def slice_grids(on: Chip, shapes: Sequence[str], *, message_bytes: Number) -> Figure:
    """Draw slices of a TPU below each other or side by side: chips, links, joined ends as stubs.

    Under each: links of a corner chip, hops to the farthest, the time of an all-reduce of so many
    bytes. A shape that cannot be rented raises ValueError.
    """
    slices = [slice_torus(on, shape) for shape in shapes]
    if not slices:
        raise ValueError("give at least one shape of a slice, such as '4x4'")
    numbers: dict[str, Number] = {"message": message_bytes}
    for torus in slices:
        name = torus.shape
        numbers |= {f"{name}: {i}": axis.devices for i, axis in enumerate(torus.axes)}
        numbers |= {f"{name}: chips": torus.devices, f"{name}: hops": torus.hops}
        numbers[f"{name}: all-reduce"] = all_reduce_seconds(message_bytes, torus)
    size = show(message_bytes, "MB", decimals=0)
    said = "; ".join(f"{torus.shape}: {_said(torus, message_bytes)}" for torus in slices)
    alt = f"Grids of chips joined to their next neighbours. {said}."
    rings = any(axis.is_ring for torus in slices for axis in torus.axes)
    ends = "A stub is half of a link to the other end. " if rings else ""
    caption = (
        f"{on.label}. {ends}Time of an all-reduce of {size}: a latency for each hop, and all bytes "
        "over the links of a corner chip."
    )
    layout = partial(_layout, slices=slices, message_bytes=message_bytes)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _said(torus: Torus, message_bytes: Number) -> str:
    taken = show(all_reduce_seconds(message_bytes, torus), "µs", decimals=0)
    links = "1 link" if torus.links == 1 else f"{torus.links} links"
    return f"corner {links}, {torus.hops} hops, {taken}"


def _layout(scene: Scene, *, slices: Sequence[Torus], message_bytes: Number) -> None:
    left, top, low = 0.0, 0.0, 0.0
    step = min(STEP, scene.width / max(_size(torus)[0] for torus in slices))
    for torus in slices:
        wide, tall = (step * side for side in _size(torus))
        said = _said(torus, message_bytes)
        room = min(scene.width, max(wide, 150.0))
        if left and left + room > scene.width:
            left, top = 0.0, low + 18
        head = scene.text((left, top), torus.shape, bold=True)
        _grid(scene, (left, head.bottom + 6), torus, step=step)
        words = scene.text(
            (left, head.bottom + 12 + tall), said.replace("hops, ", "hops,\n"), "note"
        )
        low = max(low, words.bottom)
        left += max(room, words.w) + 24


def _size(torus: Torus) -> Point:
    """Return the width and height of a slice in steps between chips, its stubs among them."""
    across, down, deep = _axes(torus)
    wide = across - 1 + (deep - 1) * DEEP[0] + 2 * STUB
    return wide, down - 1 + (deep - 1) * DEEP[1] + 2 * STUB


def _axes(torus: Torus) -> tuple[int, int, int]:
    """Return chips across, down and into the depth: the longest axis of a plane lies across."""
    sizes = sorted(axis.devices for axis in torus.axes)
    deep = sizes.pop(0) if len(sizes) == 3 else 1
    return sizes[-1], sizes[0] if len(sizes) > 1 else 1, deep


def _grid(scene: Scene, at: Point, torus: Torus, *, step: Number) -> None:
    sizes = _axes(torus)
    behind = sizes[2] - 1

    def place(chip: Sequence[Number]) -> Point:
        x, y, z = chip
        across, down = STUB + x + z * DEEP[0], STUB + y + (behind - z) * DEEP[1]
        return at[0] + across * step, at[1] + down * step

    rings = {axis.devices for axis in torus.axes if axis.is_ring}
    links, stubs = "", ""
    for start, end in _links(sizes):
        links += _path(place(start), place(end))
    for start, end in _ends(sizes, rings):
        stubs += _path(place(start), place(end))
    low = place((0, sizes[1] - 1, 0))[1] + STUB * step
    scene.shape(links, low, stroke="muted", thick=1.2)
    if stubs:
        scene.shape(stubs, low, stroke="2", thick=1.6)
    dots = [place(chip) for chip in product(*map(range, sizes))]
    radius = DOT if scene.wide else DOT * 0.75
    d = "".join(
        f"M{x - radius:.1f} {y:.1f}a{radius} {radius} 0 1 0 {2 * radius} 0"
        f"a{radius} {radius} 0 1 0 {-2 * radius} 0z"
        for x, y in dots
    )
    scene.shape(d, low, "1")


def _path(start: Point, end: Point) -> str:
    return f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}"


def _links(sizes: tuple[int, int, int]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield each pair of next neighbours inside a slice."""
    for chip in product(*map(range, sizes)):
        for axis, size in enumerate(sizes):
            if chip[axis] + 1 < size:
                yield chip, (*chip[:axis], chip[axis] + 1, *chip[axis + 1 :])


def _ends(
    sizes: tuple[int, int, int], rings: set[int]
) -> Iterator[tuple[tuple[int, ...], tuple[Number, ...]]]:
    """Yield a stub out of each chip at the end of an axis that is joined to its other end."""
    for chip in product(*map(range, sizes)):
        for axis, size in enumerate(sizes):
            if size in rings and chip[axis] in (0, size - 1):
                out = STUB if chip[axis] else -STUB
                yield chip, (*chip[:axis], chip[axis] + out, *chip[axis + 1 :])
