"""The generation loop pass by pass: which positions each computes, with a cache and without."""

from __future__ import annotations

from functools import partial

from tokenworks.cost.step_time import positions_cached, positions_uncached
from tokenworks.figures.box import Box
from tokenworks.figures.matrices import matrix
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.units import plain


def repeated_positions(prompt_tokens: int, output_tokens: int) -> Figure:
    """Draw the positions of each pass as squares: solid where new, tinted where done before."""
    P, N = prompt_tokens, output_tokens
    counts = {"without a cache": positions_uncached(P, N), "with a cache": positions_cached(P, N)}

    def layout(scene: Scene) -> None:
        gap = 44 if scene.wide else 16
        wide = (scene.width - gap) / 2
        side = wide / (P + N - 1)
        tall = min(side, 13.0)
        for i, (name, count) in enumerate(counts.items()):
            left = i * (wide + gap)
            top = scene.text((left, 0), name, bold=True).bottom + 6
            box = Box(left, top, wide, tall * N)
            again = "waste" if name == "without a cache" else ""
            fills = partial(_fresh, P=P), partial(_repeated, P=P, fill=again)
            matrix(scene, box, fills[0], rows=N, columns=P + N - 1, faint=fills[1])
            words = f"{plain(count)} positions" + (f" in {N} passes" if scene.wide else "")
            scene.text((left, box.bottom + 6), words, "note")

    alt = (
        f"A row of squares for each of {N} passes. Without a cache each row repeats all before it, "
        f"{plain(counts['without a cache'])} squares; with one, {plain(counts['with a cache'])}."
    )
    caption = (
        f"A prompt of {P} tokens, then {N} new ones; each row is a pass. Violet is the prompt, "
        "orange a new token; what is grey has been computed before."
    )
    numbers = {**counts, "prompt": P, "passes": N}
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _fresh(row: int, column: int, *, P: int) -> str:
    """Colour what a pass computes for the first time: the prompt, later one token."""
    if row == 0:
        return "prefill" if column < P else ""
    return "decode" if column == P + row - 1 else ""


def _repeated(row: int, column: int, *, P: int, fill: str) -> str:
    return fill if row and column < P + row - 1 else ""
