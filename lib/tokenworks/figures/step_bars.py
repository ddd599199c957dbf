"""Decode steps as bars of time: what is read in each, how long it multiplies, what it yields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tokenworks.figures.box import Box
from tokenworks.figures.marks import key
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

TALL, THIN = 20, 5  # of what is read and of what is multiplied, px
KEY = {"reading weights": "weights", "reading caches": "kv", "multiplying": "activations"}


@dataclass(frozen=True)
class Step:
    """A decode step: seconds of reading weights and caches, of arithmetic, and what is said of it.

    Reading and multiplying overlap; `said` holds what the caller computed for it: a rate, a price.
    """

    weights: Number
    kv: Number = 0.0
    arithmetic: Number = 0.0
    said: str = ""

    @property
    def seconds(self) -> Number:
        """How long the step takes at least."""
        return max(self.weights + self.kv, self.arithmetic)


def decode_steps(
    groups: Mapping[str, Mapping[str, Step]], *, alt: str, caption: str = "", decimals: int = 1
) -> Figure:
    """Draw steps on one scale of time, in groups with a title each ("" has none).

    The thin bar is the arithmetic, which runs meanwhile. No step raises ValueError.
    """
    steps = [step for group in groups.values() for step in group.values()]
    if not steps:
        raise ValueError("decode_steps needs at least one step")
    longest = max(step.seconds for step in steps)
    times = {name: _time(step, decimals) for g in groups.values() for name, step in g.items()}

    def layout(scene: Scene) -> None:
        names = max(scene.measure(name) for name in times) + 12 if scene.wide else 0.0
        said = max(scene.measure(_said(step, decimals), "note") for step in steps) + 8
        room = scene.width - names - (said if scene.wide else 0)
        low = key(scene, (0, 0), _used(steps)) + 9
        for title, group in groups.items():
            if title:
                low = scene.text((0, low + 4), title, "title").bottom + 6
            for name, step in group.items():
                words = _said(step, decimals)
                if not scene.wide:
                    scene.text((scene.width, low), words, "note", side="end")
                    low = scene.text((0, low), name).bottom + 3
                end = _bar(scene, Box(names, low, room * step.seconds / longest, TALL), step)
                if scene.wide:
                    middle = low + TALL / 2
                    scene.text((names - 12, middle - scene.size() / 2), name, side="end")
                    at = (end + 8, middle - scene.size("note") / 2)
                    scene.text(at, words, "note", colour="ink")
                low += TALL + (THIN + 1 if step.arithmetic else 0) + 9

    numbers: dict[str, Number] = {}
    for title, group in groups.items():
        numbers |= {f"{title}, {name}".strip(", "): step.seconds for name, step in group.items()}
    words = [*groups, *times, *(step.said for step in steps), alt, caption]
    return drawing(layout, alt=alt, caption=caption, numbers=numbers | numbers_in(" ".join(words)))


def _time(step: Step, decimals: int) -> str:
    return show(step.seconds, "ms", decimals=decimals)


def _said(step: Step, decimals: int) -> str:
    return " · ".join(filter(None, (_time(step, decimals), step.said)))


def _used(steps: list[Step]) -> dict[str, str]:
    """Return the part of the key that these steps need."""
    drawn = (any(s.weights for s in steps), any(s.kv for s in steps))
    shown = dict(zip(KEY, (*drawn, any(s.arithmetic for s in steps)), strict=True))
    return {words: fill for words, fill in KEY.items() if shown[words]}


def _bar(scene: Scene, box: Box, step: Step) -> Number:
    """Draw a step: its reading, and below it its arithmetic; return where its time ends."""
    per_second = box.w / step.seconds
    x = box.x
    for seconds, fill in ((step.weights, "weights"), (step.kv, "kv")):
        if seconds:
            scene.rect(Box(x, box.y, max(1.0, seconds * per_second - 1), box.h), fill)
            x += seconds * per_second
    if step.arithmetic:
        wide = max(1.0, step.arithmetic * per_second)
        scene.rect(Box(box.x, box.bottom + 1, wide, THIN), "activations")
    return box.right
