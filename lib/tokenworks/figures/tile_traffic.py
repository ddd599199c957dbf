"""What the height of a query tile saves: bytes, and operations for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from tokenworks.architecture import AttentionSpec
from tokenworks.cost.attention import flash_traffic, naive_traffic
from tokenworks.cost.attention_call import Tiles, Traffic, call_of
from tokenworks.cost.roofline import ridge_intensity
from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.specs import chip as chip_of
from tokenworks.units import show

TALL, GAP = 22.0, 8.0  # of a bar and between two, px


def tile_heights(
    spec: AttentionSpec,
    tokens: int,
    heights: Sequence[int],
    *,
    chips: Sequence[str] = ("a100-80gb", "h100-sxm"),
) -> Figure:
    """Draw what tiles of each height move, without a mask and each head for itself.

    A dashed line across says how much the naive way moves, dashed lines between two heights where
    the operations for each byte pass a chip's ridge.
    """
    shared = replace(call_of(spec, tokens, tokens), causal=False)
    call, naive = replace(shared, share_kv=False), naive_traffic(shared).bytes
    found = {rows: flash_traffic(call, Tiles(rows, 64)) for rows in sorted(heights)}
    ridges = {
        chip_of(n).label.split()[0]: ridge_intensity(chip_of(n).peak(), chip_of(n).hbm_bytes_per_s)
        for n in chips
    }
    numbers: dict[str, Number] = {"naive": naive} | {name: round(r) for name, r in ridges.items()}
    numbers |= {f"{rows} rows": rows for rows in found}
    for rows, way in found.items():
        numbers |= {f"bytes, {rows} rows": way.bytes, f"FLOP/B, {rows} rows": round(way.intensity)}
    low, high = min(found), max(found)
    alt = (
        f"Bars of the bytes that query tiles of {low} to {high} rows move, from "
        f"{_gb(found[low].bytes)} down to {_gb(found[high].bytes)}, beside {_gb(naive)} of the "
        "naive way. The operations for each byte grow with the rows and pass the ridges of chips."
    )
    layout = partial(_layout, found, ridges=ridges, naive=naive)
    return drawing(layout, alt=alt, numbers=numbers)


def _gb(size: Number) -> str:
    return show(size, "GB", decimals=1)


def _layout(
    found: Mapping[int, Traffic], scene: Scene, *, ridges: Mapping[str, float], naive: Number
) -> None:
    names = {rows: f"{rows} rows" if scene.wide else f"{rows}" for rows in found}
    left = max(scene.measure(name) for name in names.values()) + 10
    said = {rows: f"{_gb(w.bytes)}, {w.intensity:.0f} FLOP/B" for rows, w in found.items()}
    room = scene.width - left - max(scene.measure(words, bold=True) for words in said.values()) - 8
    per_byte = room / max(*(way.bytes for way in found.values()), naive)
    x, words = left + per_byte * naive, f"the naive way: {_gb(naive)}"
    head = scene.text((min(x, scene.width - scene.measure(words, "note")), 0), words, "note")
    top = at = end = head.bottom + 12
    waiting = sorted(ridges.items(), key=lambda ridge: ridge[1])
    for rows, way in found.items():
        while waiting and waiting[0][1] < way.intensity:
            name, ridge = waiting.pop(0)
            words = scene.text(
                (0, at), f"ridge of the {name}: {ridge:.0f} FLOP/B", "note", halo=True
            )
            start = words.right + 8
            scene.line([(start, words.cy), (scene.width, words.cy)], "floor", dashed=True)
            at = words.bottom + GAP
        scene.text((left - 10, at + 4), names[rows], side="end")
        bar = scene.rect(Box(left, at, per_byte * way.bytes, TALL), "kv")
        scene.text((bar.right + 8, at + 4), said[rows], bold=True, halo=True)
        at += TALL + GAP
        end = at if way.bytes >= naive else end
    scene.line([(x, top - 8), (x, end + TALL + 4)], "floor", dashed=True)
