"""A memory to scale: a bar cut into what it holds, its capacity, labels that do not touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenworks.figures.box import Box, Point
from tokenworks.figures.marks import hatch
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Role, Scene
from tokenworks.number import Number
from tokenworks.units import show_as


@dataclass(frozen=True)
class Part:
    """A stretch of a memory: its bytes, its colour ("hatch" is waste, "" is free), its words.

    `count` equal slots of `bytes` each stand side by side. Words that do not fit inside go below.
    """

    bytes: Number
    fill: str
    words: str = ""
    count: int = 1


def memory_row(
    scene: Scene,
    box: Box,
    parts: Sequence[Part],
    *,
    capacity: Number,
    scale_bytes: Number | None = None,
    below: bool = True,
) -> list[Box]:
    """Draw a memory of `capacity` bytes into a box; return the box of each part.

    The whole width is `scale_bytes`, the capacity itself where it is not given: bars of several
    memories share a scale. What stands beyond the capacity is drawn beyond its edge.
    """
    per_px = (scale_bytes or capacity) / box.w
    frame = Box(box.x, box.y, capacity / per_px, box.h)
    scene.rect(frame, "panel", under=True)
    boxes, outside, at = [], [], box.x
    for part in parts:
        place = Box(at, box.y, part.bytes * part.count / per_px, box.h)
        _fill(scene, place, part)
        boxes.append(place)
        dark = part.fill not in ("", "hatch", "panel")
        colour, hatched = "paper" if dark else "ink", part.fill == "hatch"
        choices = part.words.split("|")
        fits = part.words and scene.inside(place, *choices, colour=colour, halo=hatched)
        if part.words and not fits:
            outside.append((place.cx, part.words.split("|")[0]))
        at = place.right
    scene.rect(frame, stroke="ink", thick=1.25)
    if outside and below:
        labels_below(scene, box.bottom, outside)
    return boxes


def _fill(scene: Scene, place: Box, part: Part) -> None:
    if part.fill == "hatch":
        hatch(scene, place)
    elif part.fill and part.count > 1:
        wide = place.w / part.count
        gap = min(1.5, wide / 4)
        for i in range(part.count):
            slot = Box(place.x + i * wide + gap / 2, place.y, wide - gap, place.h)
            scene.rect(slot, part.fill)
    elif part.fill:
        scene.rect(place, part.fill)


def labels_below(
    scene: Scene, y: Number, labels: Sequence[tuple[Number, str]], *, role: Role = "note"
) -> Number:
    """Write labels below their places, each with a thin line to it; return the lower edge.

    Each takes the highest row in which it touches no other and covers no other's line.
    """
    middle = scene.width / 2
    left = sorted((label for label in labels if label[0] < middle), reverse=True)
    queue = left + sorted(label for label in labels if label[0] >= middle)
    placed: list[Box] = []
    for i, (at, words) in enumerate(queue):
        later = [place for place, _ in queue[i + 1 :]]
        place = _free_place(scene, (at, y), words, role=role, placed=placed, later=later)
        scene.line([(at, y + 2), (at, place.y - 1)], "muted", thick=1)
        placed.append(scene.text(place.corner, words, role))
    return max([y, *(box.bottom for box in placed)])


def _free_place(
    scene: Scene,
    at: Point,
    words: str,
    *,
    role: Role,
    placed: Sequence[Box],
    later: Sequence[Number],
) -> Box:
    """Return where words for a place may stand below it: centred, to its left or right."""
    x_at, y = at
    wide, tall = scene.measure(words, role), scene.size(role)
    for row in range(8):
        top = y + 12 + row * (scene.line_height(role) + 3)
        for x in (x_at - wide / 2, x_at - wide + 3, x_at - 3):
            room = Box(x - 8, top, wide + 16, tall)
            clear = not any(box.meets(room) or box.crossed(at, (x_at, top)) for box in placed)
            clear = clear and not any(x - 3 < other < x + wide + 3 for other in later)
            if clear and x >= 0 and x + wide <= scene.width:
                return Box(x, top, wide, tall)
    raise ValueError(f"no room below for {words!r}: write fewer or shorter labels")


def memory_bar(
    parts: Sequence[Part],
    *,
    capacity: Number,
    title: str,
    alt: str,
    caption: str = "",
) -> Figure:
    """Draw one memory to scale with what it holds, each part with its bytes."""

    def layout(scene: Scene) -> None:
        head = f"{title}, {show_as(capacity, 'bytes')}"
        top = scene.text((0, 0), head, "title").bottom + 6
        memory_row(scene, Box(1, top, scene.width - 2, 56), parts, capacity=capacity)

    numbers = {"capacity": capacity} | {part.words: part.bytes for part in parts if part.words}
    numbers |= {f"{part.words}, slots": part.count for part in parts if part.count > 1}
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)
