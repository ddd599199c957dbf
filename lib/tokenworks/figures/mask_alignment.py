"""One new query and the keys of its conversation: which of them a causal mask lets it see."""

from __future__ import annotations

from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene

TALL = 26


def query_after_cache(keys: int = 8) -> Figure:
    """Draw a new token's row of scores twice: mask aligned at the first key, and at the last.

    Less than two keys raise ValueError: then both are the same.
    """
    if keys < 2:
        raise ValueError("with one key a mask has one place to be aligned at: give two or more")

    def layout(scene: Scene) -> None:
        low, names = 0.0, ("aligned at the beginning", "aligned at the end")
        for name, seen in zip(names, (1, keys), strict=True):
            head = scene.text((0, low), name, bold=True)
            what = "sees the oldest key alone" if seen == 1 else "sees every key"
            scene.text((scene.width, low), what, "note", side="end")
            wide = (scene.width - 2) / keys
            for i in range(keys):
                cell = Box(1 + i * wide, head.bottom + 4, wide - 3, TALL)
                if i < seen:
                    scene.rect(cell, "scores")
                else:
                    scene.rect(cell, stroke="line")
                last = i == keys - 1
                words = "oldest" if i == 0 else "newest" if last else ""
                colour = "paper" if i < seen else "muted"
                scene.inside(cell, words, role="note", colour=colour) if words else None
            low = head.bottom + 4 + TALL + 12

    alt = "One row of squares, twice, a square for each key. Aligned at the beginning, the mask"
    alt += " shows the newest query the oldest key alone; aligned at the end, all of them."
    return drawing(layout, alt=alt)
