"""Things in order: the frames of a filmstrip, the rungs of a ladder, the levels of a tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokenworks.figures.box import Box
from tokenworks.figures.marks import arrow
from tokenworks.figures.scene import Scene
from tokenworks.number import Number

Draw = Callable[[Scene, Box, Any], None]


def filmstrip(
    scene: Scene,
    frames: Mapping[str, Any],
    draw: Draw,
    *,
    y: Number = 0.0,
    height: Number,
    columns: int | None = None,
    gap: Number = 18.0,
    arrows: bool = True,
) -> Number:
    """Draw frames in order, each over its caption; return the lower edge.

    `draw(scene, box, value)` fills the box of a frame; `frames` maps captions to values. On a phone
    two stand side by side, on a wide screen all, where `columns` does not say otherwise.
    """
    across = columns or (len(frames) if scene.wide else min(2, len(frames)))
    wide = (scene.width - gap * (across - 1)) / across
    captions = list(frames)
    low = y
    for first in range(0, len(captions), across):
        top = low + (16 if first else 0)
        row = captions[first : first + across]
        for i, caption in enumerate(row):
            box = Box(i * (wide + gap), top, wide, height)
            draw(scene, box, frames[caption])
            words = scene.text((box.x, box.bottom + 6), caption, "note", width=wide)
            low = max(low, words.bottom)
            if arrows and first + i + 1 < len(captions) and i + 1 < across:
                arrow(scene, (box.right + 3, box.cy), (box.right + gap - 3, box.cy), stroke="muted")
    return low


def ladder(
    scene: Scene,
    box: Box,
    rungs: Sequence[tuple[str, str, str]],
    *,
    gap: Number = 10.0,
    back: str = "",
    back_to: int = 0,
) -> list[Box]:
    """Draw rungs (name, words, fill) from top to bottom with arrows between; return their boxes.

    `back` names an arrow from the last rung to the one at `back_to`, along the right side.
    """
    widest = max(scene.measure(line, "note") for line in back.split("\n"))
    room = widest + 34 if back else 0.0
    tall = (box.h - gap * (len(rungs) - 1)) / len(rungs)
    boxes = []
    for i, (name, words, fill) in enumerate(rungs):
        place = Box(box.x, box.y + i * (tall + gap), box.w - room, tall)
        scene.rect(place, fill or "panel", stroke=fill or "line", under=True, round_=4)
        ink = "paper" if fill else "ink"
        top = place.cy - scene.size() / 2
        end = scene.text((place.x + 10, top), name, colour=ink, bold=True).right
        if words and end + 12 + scene.measure(words, "note") <= place.right - 8:
            at = place.cy - scene.size("note") / 2
            scene.text((place.right - 10, at), words, "note", side="end", colour=fill and "paper")
        if i:
            arrow(scene, (place.x + 24, boxes[-1].bottom), (place.x + 24, place.y), stroke="muted")
        boxes.append(place)
    if back:
        first, last = boxes[back_to], boxes[-1]
        x = first.right + 14
        scene.line([(last.right, last.cy), (x, last.cy), (x, first.cy)], "muted")
        arrow(scene, (x, first.cy), (first.right + 1, first.cy), stroke="muted")
        tall = scene.line_height("note") * (1 + back.count("\n"))
        scene.text((x + 8, (first.cy + last.cy - tall) / 2), back, "note")
    return boxes


@dataclass(frozen=True)
class Node:
    """A node of a tree: its words, its colour ("" is plain), its children in order."""

    words: str
    fill: str = ""
    children: tuple[Node, ...] = ()

    @property
    def leaves(self) -> int:
        """How many nodes without children hang below, itself included."""
        return sum(child.leaves for child in self.children) or 1


def tree(scene: Scene, box: Box, root: Node, *, tall: Number = 28.0, gap: Number = 10.0) -> None:
    """Draw a tree from left to right: each level in a column as wide as its longest words."""
    columns = _columns(scene, root)
    spare = (box.w - sum(columns)) / max(1, len(columns) - 1)
    if spare < 16:
        raise ValueError(f"a tree of {len(columns)} levels needs more than {box.w:.0f} px")
    lefts = [box.x + sum(columns[:i]) + min(spare, 60) * i for i in range(len(columns))]
    row = min(tall + gap, box.h / root.leaves)

    def place(node: Node, level: int, top: Number) -> Box:
        middle = top + row * node.leaves / 2
        own = Box(lefts[level], middle - tall / 2, columns[level], tall)
        for child in node.children:
            its = place(child, level + 1, top)
            turn = (own.right + its.x) / 2
            steps = [(own.right, own.cy), (turn, own.cy), (turn, its.cy), (its.x, its.cy)]
            scene.line(steps, "muted", thick=1.25)
            top += row * child.leaves
        scene.rect(own, node.fill or "panel", stroke=node.fill or "line", round_=4)
        scene.inside(own, node.words, role="note", colour="paper" if node.fill else "ink")
        return own

    place(root, 0, box.y)


def _columns(scene: Scene, root: Node) -> list[float]:
    level, widths = [root], []
    while level:
        widths.append(max(scene.measure(node.words, "note") for node in level) + 16)
        level = [child for node in level for child in node.children]
    return widths
