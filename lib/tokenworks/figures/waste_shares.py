"""What memories are for, as one bar each: tokens, tokens to come, and what is wasted."""

from __future__ import annotations

from collections.abc import Mapping

from tokenworks.figures.box import Box
from tokenworks.figures.cell_uses import fill_use, name_uses
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.serving.kv_occupancy import Occupancy
from tokenworks.units import show


def waste_bars(memories: Mapping[str, Occupancy], *, caption: str = "") -> Figure:
    """Draw the mean use of each memory as a bar of its cells, and beside it who is in it at once.

    Internal and external waste are hatched and named where there is room for the word.
    """
    if not memories:
        raise ValueError("there is nothing to compare: give at least one memory")
    numbers: dict[str, Number] = {}
    for name, found in memories.items():
        numbers |= {f"{name}: {use}": share for use, share in found.waste.shares.items()}
        numbers[f"{name}: at once"] = round(found.running, 1)

    def layout(scene: Scene) -> None:
        low = 0.0
        for name, found in memories.items():
            title = scene.text((0, low), name, "label", bold=True)
            used = show(found.waste.shares["used"], "%", decimals=1)
            said = f"{used} tokens, {found.running:.1f} at once"
            if title.w + scene.measure(said) + 12 > scene.width:
                said = f"{used}, {found.running:.1f} at once"
            scene.text((scene.width, low), said, side="end")
            low = _bar(scene, title.bottom + 4, found.waste.shares) + 10
        words = {"used": "tokens", "reserved": "tokens to come", "internal": "wasted"}
        name_uses(scene, low, words)

    told = "; ".join(
        f"{name}: "
        + ", ".join(
            f"{use} {show(share, '%', decimals=1)}"
            for use, share in found.waste.shares.items()
            if share
        )
        + f", {found.running:.1f} at once"
        for name, found in memories.items()
    )
    return drawing(layout, alt=f"Mean use of one memory. {told}.", caption=caption, numbers=numbers)


def _bar(scene: Scene, top: Number, shares: Mapping[str, Number]) -> Number:
    """Draw one bar; return its lower edge."""
    wide, tall, at = scene.width - 2, 24.0, 1.0
    scene.rect(Box(1, top, wide, tall), "panel", under=True)
    for use, share in shares.items():
        box = Box(at, top, share * wide, tall)
        at = box.right
        if use == "free" or not share:
            continue
        fill_use(scene, box, use)
        words = show(share, "%", decimals=1)
        if use == "reserved":
            scene.inside(box, words, colour="ink", role="note")
        elif use != "used":
            scene.inside(
                box, f"{use} {words}", words, role="note", colour="ink", bold=True, halo=True
            )
    return top + tall
