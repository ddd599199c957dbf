"""The rounds that reach each draft token, as high as their chance: the areas add up to tau."""

from __future__ import annotations

from tokenworks.cost.speculation import Acceptance, accepted_distribution, tokens_per_pass
from tokenworks.figures.box import Box, Point
from tokenworks.figures.marks import hatch, key, polygon
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import plain, show

TALL = 170.0  # of all rounds
FILLED = 0.66  # of a column's room; the rest leads to the next
KEY = {"accepted": "good", "rejected here, the round ends": "hatch", "the bonus": "decode"}


def acceptance_tree(acceptance: Acceptance, gamma: int, *, caption: str = "") -> Figure:
    """Draw how many rounds reach each draft token, how many end there, and the bonus behind all.

    A column is a token that a round yields, as high as its chance, which stands above it; below
    stand the rounds that end there. All columns together are tokens_per_pass. Impossible arguments
    raise ValueError.
    """
    ends = accepted_distribution(acceptance, gamma)
    reached = [sum(ends[i:]) for i in range(gamma + 1)]
    tau = tokens_per_pass(acceptance, gamma)

    def layout(scene: Scene) -> None:
        low = key(scene, (0, 0), KEY) + scene.line_height("note") + 10
        step = scene.width / (gamma + FILLED)
        for i, (chance, end) in enumerate(zip(reached, ends, strict=True)):
            column = Box(i * step, low, step * FILLED, TALL * chance)
            _percent(scene, (column.cx, low - scene.line_height("note")), chance)
            if i == gamma:
                scene.rect(column, "decode")
                break
            _column(scene, column, TALL * end)
            _flow(scene, column, to=(i + 1) * step, tall=TALL * (chance - end))
            _percent(scene, (column.cx, column.bottom + 4), end)
        parts = " + ".join(plain(round(chance, 2)) for chance in reached)
        words = f"{parts} = {plain(round(tau, 2))} tokens a pass"
        at = (0, low + TALL + scene.line_height("note") + 10)
        scene.text(at, words, bold=True, width=scene.width)

    said = ", ".join(show(chance, "%", decimals=0) for chance in ends)
    numbers: dict[str, Number] = {"gamma": gamma, "tau": round(tau, 2)}
    for i, (chance, end) in enumerate(zip(reached, ends, strict=True)):
        numbers |= {f"rounds that yield token {i + 1}": chance, f"rounds that end there, {i}": end}
    return drawing(
        layout,
        alt=f"A stream of rounds that narrows at each of {gamma} draft tokens. Rounds that accept "
        f"none, one and so on up to all: {said}. Together {plain(round(tau, 2))} tokens a pass.",
        caption=caption,
        numbers=numbers | numbers_in(caption) | numbers_in(plain(round(tau, 2))),
    )


def _column(scene: Scene, box: Box, ending: Number) -> None:
    """Fill the rounds that go on, and hatch those that end at this token."""
    scene.rect(Box(box.x, box.y, box.w, box.h - ending), "good", under=True)
    if ending > 0.5:
        hatch(scene, Box(box.x, box.bottom - ending, box.w, ending), step=5)


def _flow(scene: Scene, box: Box, *, to: Number, tall: Number) -> None:
    """Lead the rounds that go on to the next column."""
    corners = [(box.right, box.y), (to, box.y), (to, box.y + tall), (box.right, box.y + tall)]
    polygon(scene, corners, "good", faint=True)


def _percent(scene: Scene, at: Point, share: Number) -> None:
    words = show(share, "%", decimals=0)
    middle = max(at[0], scene.measure(words, "note") / 2)
    scene.text((middle, at[1]), words, "note", side="middle", colour="ink")
