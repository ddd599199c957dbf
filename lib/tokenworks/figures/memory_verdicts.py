"""What the TPU compiler says of one chip's memory: weights, cache, and yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from tokenworks.data import DecodeCompile
from tokenworks.figures.box import Box
from tokenworks.figures.marks import key
from tokenworks.figures.memory_layout import Part, memory_row
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

TALL, BARE = 18.0, 13.0


def compiled_memory(asked: Mapping[str, DecodeCompile], *, title: str, caption: str = "") -> Figure:
    """Draw one chip's bytes of compiled decode steps as bars, against what the compiler allows.

    All bars share one scale; what a program needs besides is too little to be drawn. Steps for
    chips of different limits, or none, raise ValueError.
    """
    limits = {each.limit_bytes for each in asked.values()}
    if len(limits) != 1:
        raise ValueError(f"give steps for chips of one limit, not of {len(limits)}")
    numbers: dict[str, Number] = {"limit": limits.pop()}
    for name, each in asked.items():
        numbers |= {f"{name}: weights": each.weight_bytes, f"{name}: cache": each.kv_bytes}
        numbers[f"{name}: needed"] = each.needed_bytes
    said = "; ".join(f"{name}: {_said(each)}" for name, each in asked.items())
    limit = show(numbers["limit"], "GB", decimals=1)
    alt = f"Bars of what one chip would hold, against {limit} that a program may use. {said}."
    own = numbers_in(" ".join([*asked, title, caption]))
    layout = partial(_layout, asked=asked, title=title, limit=numbers["limit"])
    return drawing(layout, alt=alt, caption=caption, numbers=own | numbers)


def _said(each: DecodeCompile) -> str:
    needed = show(each.needed_bytes, "GB", decimals=1)
    return f"{needed}, {'fits' if each.fits else 'refused'}"


def _layout(scene: Scene, *, asked: Mapping[str, DecodeCompile], title: str, limit: Number) -> None:
    low = scene.text((0, 0), title, "title", width=scene.width).bottom + 8
    names = max(scene.measure(name) for name in asked) + 12 if scene.wide else 0.0
    said = max(scene.measure(_said(each), "note", bold=True) for each in asked.values()) + 10
    room = scene.width - names - (said if scene.wide else 2)
    most = max(limit, *(each.needed_bytes for each in asked.values()))
    tall = TALL if scene.wide else BARE
    for name, each in asked.items():
        colour = "good" if each.fits else "bad"
        if scene.wide:
            middle = low + tall / 2
            scene.text((names - 12, middle - scene.size() / 2), name, side="end")
            at = (scene.width, middle - scene.size("note") / 2)
            scene.text(at, _said(each), "note", side="end", colour=colour, bold=True)
        else:
            scene.text((scene.width, low), _said(each), "note", side="end", colour=colour)
            low = scene.text((0, low), name).bottom + 3
        parts = [Part(each.weight_bytes, "weights"), Part(each.kv_bytes, "kv")]
        box = Box(names + 1, low, room, tall)
        memory_row(scene, box, parts, capacity=limit, scale_bytes=most)
        low += tall + (8 if scene.wide else 7)
    key(scene, (0, low + 2), {"weights": "weights", "cache": "kv"})
