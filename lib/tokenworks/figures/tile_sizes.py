"""Tiles of flash attention: what a shape needs on the chip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from tokenworks.architecture import AttentionSpec
from tokenworks.cost.attention_call import Tiles, call_of
from tokenworks.cost.tiles import tile_sram
from tokenworks.data.chip_memory import level
from tokenworks.figures.box import Box
from tokenworks.figures.marks import key
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.specs import chip as chip_of
from tokenworks.units import show

FILLS = {"Q": "queries", "K": "keys", "V": "values", "O": "activations", "S": "scores"}
TALL, GAP = 24.0, 14.0  # of a bar and between two, px
KEY = {"Q": "queries", "K": "keys", "V": "values", "O, unfinished": "activations", "S": "scores"}


def tile_room(
    spec: AttentionSpec,
    shapes: Sequence[tuple[int, int]],
    *,
    chips: Sequence[str] = ("a100-80gb", "h100-sxm"),
) -> Figure:
    """Draw what tiles (queries, keys) of one head hold, beside what a program may fill of a core.

    All in one memory, as the textbook's kernel has it; m and ℓ are thinner than a line.
    """
    one = replace(call_of(spec, 1, 1), share_kv=False)
    parts = {f"{q} × {kv}": tile_sram(one, Tiles(q, kv)) for q, kv in shapes}
    held = [(chip_of(name).label.split()[0], level(f"{name}-l1").program_bytes) for name in chips]
    limits = {name: size for name, size in held if size is not None}
    numbers: dict[str, Number] = {name: sum(part.values()) for name, part in parts.items()}
    fits = [name for name, size in numbers.items() if size <= min(limits.values())]
    numbers |= limits | {f"rows {n}": n for shape in shapes for n in shape}
    shown = " and ".join(f"{show(size, 'KiB')} ({name})" for name, size in limits.items())
    alt = (
        f"Stacked bars of what tiles hold, against the {shown} that a program may fill. "
        f"On the smaller chip {' and '.join(fits)} fit."
    )
    return drawing(partial(_layout, parts, limits), alt=alt, numbers=numbers)


def _layout(
    parts: Mapping[str, Mapping[str, Number]], limits: Mapping[str, Number], scene: Scene
) -> None:
    low = key(scene, (0, 0), KEY) + 8
    left = max(scene.measure(name) for name in parts) + 10 if scene.wide else 0.0
    most = max(*limits.values(), *(sum(held.values()) for held in parts.values()))
    per_byte = (scene.width - left - (70 if scene.wide else 62)) / most
    rows = sorted(limits.items(), key=lambda limit: limit[1])
    at = low + len(rows) * scene.line_height("note") + 8
    for name, held in parts.items():
        if scene.wide:
            scene.text((left - 10, at + 4), name, side="end")
        else:
            at = scene.text((0, at), name, halo=True).bottom + 3
        x = left
        for array, fill in FILLS.items():
            x = scene.rect(Box(x, at, per_byte * held[array], TALL), fill).right
        told = show(sum(held.values()), "KiB", decimals=0)
        scene.text((x + 6, at + 4), told, bold=True, halo=True)
        at += TALL + GAP
    for i, (name, limit) in enumerate(rows):
        x, top = left + per_byte * limit, low + i * scene.line_height("note")
        scene.line([(x, top), (x, at - GAP + 6)], "floor", dashed=True)
        scene.text((x + 5, top), f"{name}: {show(limit, 'KiB')}", "note")
