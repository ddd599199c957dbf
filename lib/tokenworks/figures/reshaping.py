"""The same candidates under several settings: how a distribution is reshaped."""

from __future__ import annotations

from collections.abc import Mapping

from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.figures.strips import filmstrip
from tokenworks.number import Number
from tokenworks.units import show

Shares = Mapping[str, Number]


def candidate_bars(frames: Mapping[str, Shares], *, alt: str, caption: str = "") -> Figure:
    """Draw each setting's candidates with their probabilities, side by side, on one scale.

    Every setting must name the same candidates, else ValueError.
    """
    names = [list(shares) for shares in frames.values()]
    if not names or any(one != names[0] for one in names):
        raise ValueError("candidate_bars compares the same candidates, in one order, in each frame")
    most = max(share for shares in frames.values() for share in shares.values())

    def bars(scene: Scene, box: Box, shares: Shares) -> None:
        tall = box.h / len(shares)
        left = box.x + max(scene.measure(name, "note") for name in shares) + 8
        room = box.right - left - scene.measure("100.0 %", "note") - 6
        for i, (name, share) in enumerate(shares.items()):
            row = Box(left, box.y + i * tall + 3, max(1.0, room * share / most), tall - 6)
            top = row.cy - scene.size("note") / 2
            scene.text((left - 8, top), name, "note", side="end", colour="ink")
            scene.rect(row, "scores")
            scene.text((row.right + 6, top), percent(share), "note")

    def layout(scene: Scene) -> None:
        columns = len(frames) if scene.wide else 1
        height = len(names[0]) * (25.0 if scene.wide else 19.0)
        filmstrip(scene, frames, bars, height=height, columns=columns, gap=24, arrows=False)

    numbers = {
        f"{frame}: {name}": share for frame, own in frames.items() for name, share in own.items()
    }
    words = numbers_in(" ".join((*frames, alt, caption)))
    return drawing(layout, alt=alt, caption=caption, numbers=numbers | words)


def percent(share: Number) -> str:
    """Return a share in percent with one decimal."""
    return show(share, "%", decimals=1)
