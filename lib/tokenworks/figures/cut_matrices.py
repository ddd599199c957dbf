"""The two ways to cut a matrix over devices, to scale: columns side by side, rows to be summed."""

from __future__ import annotations

from functools import partial

from tokenworks.architecture import ModelSpec
from tokenworks.figures.box import Box
from tokenworks.figures.matrices import edge
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import whole
from tokenworks.units import plain

SHADES = ("1", "2", "3", "4", "5", "6")
LONG = {True: 230.0, False: 176.0}  # px of the feed-forward dimension
ROW, GAP = 7.0, 1.5  # px: one row of activations, far thicker than to scale; between stripes


def matrix_cuts(spec: ModelSpec, *, devices: int = 4) -> Figure:
    """Draw a feed-forward pair of a model cut over devices: by columns, then by rows.

    Each matrix is as high as its input is wide, and below it stands what leaves it; a device has
    one colour. A dimension that the devices do not divide, and more devices than colours, raise
    ValueError.
    """
    n = whole(devices, "devices", least=2, most=len(SHADES))
    if spec.d_ff % n or spec.d_model % n:
        raise ValueError(f"{n} devices cannot share {spec.label}'s matrices evenly: take a divisor")
    numbers = {"M": spec.d_model, "F": spec.d_ff, "F of a device": spec.d_ff // n, "devices": n}
    alt = (
        f"Left, a matrix cut into {n} groups of columns: each device makes its own part of the "
        f"result, and the parts stand side by side. Right, a matrix cut into {n} groups of rows: "
        f"each device makes a whole row of results, and the {n} rows have to be added up."
    )
    caption = (
        f"Two matrices of a layer of {spec.label}, to scale; a colour for each of {n} devices. "
        "Rows of activations are drawn thicker than they are."
    )
    layout = partial(_layout, spec=spec, devices=n)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _layout(scene: Scene, *, spec: ModelSpec, devices: int) -> None:
    per_px = spec.d_ff / LONG[scene.wide]
    short, long = spec.d_model / per_px, spec.d_ff / per_px
    halves = (0.0, scene.width * 0.5 if scene.wide else long + 24)
    heads = ("up: by columns", "down: by rows")
    tops = [
        scene.text((x, 0), words, "title" if scene.wide else "label", bold=True).bottom
        for x, words in zip(halves, heads, strict=True)
    ]
    top = max(tops) + scene.line_height("note") + 8
    up = Box(1, top, long, short)
    down = Box(halves[1] + 1, top, short, long)
    edge(scene, up, f"{plain(spec.d_model)} × {plain(spec.d_ff)}")
    _stripes(scene, up, devices, across=True)
    side_by_side = Box(up.x, up.bottom + 8, up.w, ROW)
    _stripes(scene, side_by_side, devices, across=True)
    note = "side by side: each device\nkeeps its part, nothing is sent"
    scene.text((1, side_by_side.bottom + 6), note, "note")
    edge_words = f"{plain(spec.d_ff)} × {plain(spec.d_model)}"
    scene.text((down.x, down.y - 4 - scene.size("note")), edge_words, "note")
    _stripes(scene, down, devices, across=False)
    _sums(scene, down, devices)


def _sums(scene: Scene, down: Box, devices: int) -> None:
    """Draw a whole row of results for each device, and the row that they add up to."""
    low, x = down.y, down.right + (34 if scene.wide else 16)
    for device in range(devices):
        scene.rect(Box(x, low, down.w, ROW), SHADES[device])
        low += ROW + 3
    scene.line([(x, low + 1), (x + down.w, low + 1)], "ink", thick=1)
    scene.rect(Box(x, low + 5, down.w, ROW), "activations")
    words = "one sum of all:\nan all-reduce" if scene.wide else "a sum:\nall-reduce"
    scene.text((x, low + 5 + ROW + 6), words, "note")


def _stripes(scene: Scene, box: Box, devices: int, *, across: bool) -> None:
    """Fill a box with one stripe of each device's colour."""
    wide, tall = (box.w / devices, box.h) if across else (box.w, box.h / devices)
    for device in range(devices):
        x, y = box.x + device * wide * across, box.y + device * tall * (not across)
        place = Box(x, y, wide - GAP * across, tall - GAP * (not across))
        scene.rect(place, SHADES[device])
