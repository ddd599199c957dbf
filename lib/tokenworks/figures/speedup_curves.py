"""Tokens a pass and the speed-up over the acceptance: a line for each gamma, break-even marked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tokenworks.cost.speculation import (
    FREE,
    VerifyCost,
    break_even_alpha,
    speculative_speedup,
    tokens_per_pass,
)
from tokenworks.figures.box import Box
from tokenworks.figures.line_chart import SERIES
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import Plane, axes
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

ALPHAS = [i / 50 for i in range(51)]
TALL = 300.0


def tau_and_speedup(
    gammas: Sequence[int],
    *,
    draft_cost: Number,
    verify_cost: VerifyCost = FREE,
    caption: str = "",
) -> Figure:
    """Draw tau and the speed-up by alpha, side by side, or one below the other on a phone.

    A hollow dot is the alpha at which a gamma breaks even. Impossible costs raise ValueError.
    """
    speedup = partial(speculative_speedup, draft_cost=draft_cost, verify_cost=verify_cost)
    tau = {g: [(a, tokens_per_pass(a, g)) for a in ALPHAS] for g in gammas}
    gain = {g: [(a, speedup(a, g)) for a in ALPHAS] for g in gammas}
    evens = {g: break_even_alpha(g, draft_cost=draft_cost, verify_cost=verify_cost) for g in gammas}
    fastest = max(1.2, *(speed for line in gain.values() for _, speed in line))

    def layout(scene: Scene) -> None:
        left, right = _places(scene)
        _lines(_plane(scene, left, most=max(gammas) + 1, words="tokens a pass"), tau)
        plane = _plane(scene, right, most=fastest, words="speed-up over plain decoding")
        _plain(plane)
        _lines(plane, gain)
        for gamma, even in evens.items():
            if even is not None:
                plane.dot((even, 1), _colour(gammas, gamma), hollow=True)

    told = "; ".join(
        f"{g} drafts never" if even is None else f"{g} drafts at {show(even, '%', decimals=0)}"
        for g, even in evens.items()
    )
    numbers: dict[str, Number] = {f"gamma {g}": g for g in gammas}
    numbers |= {f"break-even of gamma {g}": even or 0.0 for g, even in evens.items()}
    return drawing(
        layout,
        alt="Two charts over the acceptance from 0 to 1, a line for each number of drafts: tokens "
        f"a pass, and the speed-up. It breaks even: {told}.",
        caption=caption,
        numbers=numbers | numbers_in(caption),
    )


def _places(scene: Scene) -> tuple[Box, Box]:
    """Return where the two charts stand."""
    if not scene.wide:
        return Box(0, 0, scene.width - 4, TALL), Box(0, TALL + 24, scene.width - 4, TALL)
    wide = scene.width / 2 - 20
    return Box(0, 0, wide, TALL), Box(scene.width - wide - 4, 0, wide, TALL)


def _plane(scene: Scene, outer: Box, *, most: Number, words: str) -> Plane:
    scales = (Scale(0, 1), Scale(0, most * 1.04))
    return axes(scene, outer, scales, labels=("acceptance α", words))


def _colour(gammas: Sequence[int], gamma: int) -> str:
    return SERIES[list(gammas).index(gamma) % len(SERIES)]


def _plain(plane: Plane) -> None:
    """Draw where nothing is gained or lost, and say so below its right end."""
    box, y = plane.box, plane.at(0, 1)[1]
    plane.scene.line([(box.x, y), (box.right, y)], "floor", thick=1.25, dashed=True)
    plane.scene.text((box.right - 2, y + 4), "as fast as plain", "note", side="end")


def _lines(plane: Plane, lines: dict[int, list[tuple[float, float]]]) -> None:
    """Draw a line for each gamma, and name it near its end."""
    for gamma, points in lines.items():
        plane.curve(points, _colour(list(lines), gamma))
    for gamma, points in lines.items():
        plane.name(points[44], f"γ {gamma}", colour=_colour(list(lines), gamma))
