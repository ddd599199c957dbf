"""Reading a prompt and writing an answer: their scores and their matrices, to scale."""

from __future__ import annotations

from tokenworks.architecture import ModelSpec
from tokenworks.cost.roofline import matmul_operation
from tokenworks.figures.box import Box
from tokenworks.figures.marks import arrow, polygon
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.units import plain, show_as


def scores_of(prompt_tokens: int) -> Figure:
    """Draw the scores of a prefill, a triangle, and those of the next token, a single row."""
    pairs = prompt_tokens * (prompt_tokens + 1) // 2
    nth = prompt_tokens + 1
    numbers = {"prompt": prompt_tokens, "pairs": pairs, "next": nth}

    def layout(scene: Scene) -> None:
        side = 230.0 if scene.wide else 150.0
        left, top = (
            scene.measure(f"token {nth}", "note", bold=True) + 12,
            scene.line_height("note") + 8,
        )
        scene.text((left, 0), f"keys of {plain(prompt_tokens)} tokens", "note")
        corner = (left, top)
        low = top + side
        polygon(scene, [corner, (left, low), (left + side, low)], "scores")
        size = scene.size("note")
        scene.text((left - 8, top), "token 1", "note", side="end")
        scene.text((left - 8, low - size), f"token {plain(prompt_tokens)}", "note", side="end")
        row = low + 14
        scene.rect(Box(left, row, side, max(2.0, side / prompt_tokens)), "queries")
        scene.text((left - 8, row - size / 2), f"token {plain(nth)}", side="end", bold=True,
                   role="note", colour="queries")  # fmt: skip
        x = left + side + 18
        width = scene.width - x
        words = f"prefill: {plain(pairs)} scores at once, half of a square"
        scene.text((x, top + side * 0.35), words, width=width)
        words = f"one query, {plain(nth)} keys"
        scene.text((x, row - scene.size() / 2 - 2), words, colour="queries", bold=True, width=width)

    alt = f"A triangle of {plain(pairs)} scores for the prompt; under it one row for token {nth}."
    return drawing(layout, alt=alt, numbers=numbers)


def two_shapes(spec: ModelSpec, *, prompt_tokens: int, caption: str = "") -> Figure:
    """Draw one matrix of weights under many rows and under one, with work and bytes, to scale."""
    M = spec.d_model
    cases = {"prefill": prompt_tokens, "decode": 1}
    work = {name: matmul_operation(rows, M, M) for name, rows in cases.items()}
    weights = 2 * M * M
    numbers = {"M": M, "weights": weights, "prompt": prompt_tokens}
    numbers |= {f"work of {name}": operation.flops for name, operation in work.items()}

    def layout(scene: Scene) -> None:
        gap = 40 if scene.wide else 16
        panel = (scene.width - gap) / 2
        side = min(150.0, panel)
        for i, (name, rows) in enumerate(cases.items()):
            x = i * (panel + gap)
            counted = f"{plain(rows)} rows" if rows > 1 else "1 row"
            top = scene.text((x, 0), name, colour=name, bold=True).bottom + 4
            top = scene.text((x, top), f"{counted} of {plain(M)}", "note").bottom + 5
            rows_box = Box(x, top, side, max(1.5, side * rows / M))
            scene.rect(rows_box, name)
            arrow(scene, (x + 10, top + 14), (x + 10, top + 28), stroke="muted")
            square = scene.rect(Box(x, top + 32, side, side), "weights")
            scene.inside(square, f"{plain(M)} × {plain(M)}\nweights", role="note")
            words = f"reads {show_as(weights, 'bytes')}"
            low = scene.text((x, square.bottom + 7), words, "note").bottom + 3
            said = f"{show_as(work[name].flops, 'flops')}"
            scene.text((x, low), said, colour=name, bold=True)

    alt = f"The same square of weights under {prompt_tokens} rows and under one: equal bytes."
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)
