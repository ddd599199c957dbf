"""Drawing a token: candidates side by side, as wide as their shares, and where numbers fall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokenworks.figures.box import Box
from tokenworks.figures.marks import arrow
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.figures.timelines import time_axis
from tokenworks.number import Number
from tokenworks.units import plain

TALL = 44
THINNEST = 4.0  # px: a candidate that is drawn by itself


def lottery(
    candidates: Sequence[tuple[str, Number]], draws: Mapping[str, Number], *, caption: str = ""
) -> Figure:
    """Draw the candidates from 0 to 1 in their order, and on which of them each number falls.

    `candidates` are (piece, probability), best first, and must add up to 1; a drawn number must lie
    from 0 to below 1. Else ValueError says so.
    """
    total = sum(share for _, share in candidates)
    if abs(total - 1) > 1e-6 or not all(0 <= u < 1 for u in draws.values()):
        raise ValueError("a lottery needs shares that add up to 1, and numbers from 0 to below 1")
    hit = {name: candidates[index_of(candidates, u)][0] for name, u in draws.items()}

    def layout(scene: Scene) -> None:
        line = scene.line_height() + 4
        top = len(draws) * line + 12
        bar = Box(4, top, scene.width - 8, TALL)
        _strip(scene, bar, candidates)
        ordered = sorted(draws.items(), key=lambda item: item[1])  # later words stand further right
        for i, (name, u) in enumerate(ordered):
            number = f" draws {plain(round(u, 3))}" if scene.wide else ""
            x, words = bar.x + u * bar.w, f"{name}{number}: {hit[name]}"
            y, wide = i * line, scene.measure(words, bold=True)
            left = x + 8 if x + 8 + wide <= scene.width else x - 8 - wide
            scene.text((left, y), words, bold=True, colour="decode")
            arrow(scene, (x, y + 4), (x, top - 2), stroke="decode", thick=1.75)
        time_axis(scene, lambda u: bar.x + u * bar.w, y=bar.bottom + 6, end=1, unit="")

    said = "; ".join(f"{name} falls on {piece}" for name, piece in hit.items())
    alt = f"A strip from zero to one, cut into candidates as wide as their shares; {said}."
    numbers: dict[str, Number] = {name: round(u, 3) for name, u in draws.items()}
    numbers |= dict(candidates)
    words = numbers_in(" ".join([caption, *draws, *(piece for piece, _ in candidates)]))
    return drawing(layout, alt=alt, caption=caption, numbers=numbers | words)


def _strip(scene: Scene, bar: Box, candidates: Sequence[tuple[str, Number]]) -> None:
    """Draw the candidates side by side; those thinner than a line run together, tinted."""
    x = bar.x
    for piece, share in candidates:
        wide = share * bar.w
        if wide < THINNEST:
            break
        place = scene.rect(Box(x, bar.y, wide - 1.5, bar.h), "scores")
        scene.inside(place, piece, role="note", colour="paper")
        x += wide
    if bar.right - x >= 1:
        rest = scene.rect(Box(x, bar.y, bar.right - x, bar.h), "scores", faint=True)
        scene.inside(rest, "the rest, thinner than a line", "the rest", role="note", colour="ink")


def index_of(candidates: Sequence[tuple[str, Number]], u: Number) -> int:
    """Return the first candidate whose cumulative probability exceeds a number."""
    reached = 0.0
    for i, (_, share) in enumerate(candidates):
        reached += share
        if reached > u:
            return i
    return len(candidates) - 1
