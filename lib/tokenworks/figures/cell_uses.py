"""How the cells of a cache's memory look: with a token, kept for one to come, wasted."""

from __future__ import annotations

from collections.abc import Mapping

from tokenworks.figures.box import Box
from tokenworks.figures.marks import hatch
from tokenworks.figures.scene import Scene
from tokenworks.number import Number

USES = {
    "used": "tokens so far",
    "reserved": "tokens to come",
    "internal": "never used",
    "external": "lost to rounding",
    "gap": "lost in the gap behind it",
}


def fill_use(scene: Scene, box: Box, use: str) -> None:
    """Fill cells: green with tokens, a tint of it for tokens to come, black if one is marked.

    What nobody can use is hatched.
    """
    if use == "marked":
        scene.rect(box, "ink")
    elif use in ("used", "reserved"):
        scene.rect(box, "kv", faint=use == "reserved")
    else:
        hatch(scene, box, step=5)


def name_uses(scene: Scene, y: Number, words: Mapping[str, str]) -> Number:
    """Say in words what each use looks like, in a row that wraps; return its lower edge."""
    x, size = 1.0, scene.size("note")
    for use, said in words.items():
        wide = size + 6 + scene.measure(said, "note")
        if x > 1 and x + wide > scene.width:
            x, y = 1.0, y + scene.line_height("note") + 3
        fill_use(scene, Box(x, y, size, size), use)
        scene.text((x + size + 6, y), said, "note")
        x += wide + 16
    return y + scene.line_height("note")
