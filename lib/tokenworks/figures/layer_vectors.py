"""One layer of a model: the vectors that pass it, as wide as they are, and who may look at whom."""

from __future__ import annotations

from collections.abc import Sequence

from tokenworks.architecture import ModelSpec
from tokenworks.figures.box import Box
from tokenworks.figures.marks import arrow
from tokenworks.figures.matrices import frame, matrix
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.units import plain

ROW, GAP = 24, 26  # px


def layer_flow(spec: ModelSpec) -> Figure:
    """Draw a token's vectors through one layer with a gated feed-forward network, to scale."""
    M, F, heads, kv = spec.d_model, spec.d_ff, spec.n_heads, spec.n_kv_heads
    D = spec.d_head
    rows: list[tuple[str, list[tuple[str, int, str]]]] = [
        ("the token's vector", [("x", M, "activations")]),
        ("", [("q", heads * D, "queries"), ("k", kv * D, "keys"), ("v", kv * D, "values")]),
        ("attention: mixed values", [("heads", heads * D, "values")]),
        ("added to x", [("x", M, "activations")]),
        ("feed-forward", [("gate × up", F, "activations")]),
        ("added to x", [("x", M, "activations")]),
    ]
    names = (f"query of {heads} heads, key and value of {kv}", "attention and output matrix")
    numbers = {"M": M, "F": F, "query": heads * D, "key": kv * D, "heads": heads, "KV heads": kv}

    def layout(scene: Scene) -> None:
        per_px = F / (scene.width - 2)
        top = 0.0
        for i, (label, parts) in enumerate(rows):
            words = label or names[0]
            low = scene.text((0, top), words, "note").bottom + 4
            left = 0.0
            for name, size, fill in parts:
                box = scene.rect(Box(left, low, size / per_px, ROW), fill)
                scene.inside(box, f"{name}: {plain(size)}", plain(size), name)
                left = box.right + 3
            if len(parts) == 3:
                scene.text((left + 5, low + ROW / 2 - 7), f"k, v: {plain(kv * D)} each", "note")
            if i + 1 < len(rows):
                arrow(scene, (12, low + ROW + 3), (12, low + ROW + 16), stroke="muted")
            top = low + ROW + 20

    alt = "Six bars as wide as the vectors of one layer: keys and values are narrow, the rest wide."
    return drawing(layout, alt=alt, numbers=numbers)


def causal_mask(words: Sequence[str], *, row: int) -> Figure:
    """Draw which token may look at which: a triangle over these words, one row pointed at."""

    def layout(scene: Scene) -> None:
        left = max(scene.measure(word) for word in words) + 14
        wide = min(76.0, (scene.width - left) / len(words))
        tall = 34.0
        head = scene.text((left, 0), "may look at", "note").bottom + 4
        for i, word in enumerate(words):
            scene.text((left + (i + 0.5) * wide, head), word, side="middle")
        top = head + scene.line_height() + 2
        box = Box(left, top, wide * len(words), tall * len(words))
        cell = matrix(
            scene,
            box,
            lambda r, c: "scores" if c <= r else "",
            rows=len(words),
            columns=len(words),
            faint=lambda r, c: "scores",
            gap=2,
        )
        for i, word in enumerate(words):
            at = (left - 8, cell(i, 0).cy - scene.size() / 2)
            scene.text(at, word, side="end", bold=i == row)
        one = cell(row, 0)
        frame(scene, Box(one.x - 2, one.y - 2, (row + 1) * wide + 2, tall + 2))
        corner = Box(cell(0, 2).x, top, wide * (len(words) - 2), tall)
        scene.inside(corner, "hidden: they come later", "hidden: later", role="note", colour="ink")

    alt = (
        f"A triangle: {words[row]} may look at {', '.join(words[: row + 1])} and at nothing later."
    )
    return drawing(layout, alt=alt)
