"""One round on an axis of time: draft steps, the pass that verifies them, plain steps beside."""

from __future__ import annotations

from tokenworks.cost.speculation import round_cost
from tokenworks.figures.box import Box
from tokenworks.figures.marks import bracket
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.figures.timelines import Span, lanes, time_axis
from tokenworks.number import Number, bounded
from tokenworks.units import plain

LANE, GAP = 40.0, 10.0
ACCEPTED = "accepted, and one more token from the target's own pass"


def one_round(
    gamma: int,
    *,
    accepted: int,
    draft_cost: Number,
    verify_cost: Number = 1.0,
    caption: str = "",
) -> Figure:
    """Draw a round that accepts so many drafts, above the plain steps for as many tokens.

    Rejected drafts are hatched; lengths are in plain steps. More accepted than drafted raise
    ValueError.
    """
    bounded(accepted, "accepted", most=gamma)
    cost = round_cost(gamma, draft_cost=draft_cost, verify_cost=verify_cost)
    tokens = accepted + 1
    end = max(cost, float(tokens))
    rows = {
        "draft": _drafts(gamma, accepted, draft_cost),
        "target": [Span(gamma * draft_cost, cost, "decode", f"verifies {gamma}|verifies|✓")],
        "plain": [Span(i, i + 1, "decode", f"token {i + 1}|{i + 1}") for i in range(tokens)],
    }

    def layout(scene: Scene) -> None:
        top = scene.line_height() + 16
        box = Box(0, top, scene.width - 1, 3 * LANE + 2 * GAP)
        at = lanes(scene, box, rows, end=end, gap=GAP)
        words = f"{tokens} tokens in {plain(round(cost, 2))} steps"
        bracket(scene, (at(0) + 1, at(cost) - 2), words, y=top - 6, side="above", bold=True)
        low = time_axis(scene, at, y=box.bottom + 8, end=end, unit="steps")
        scene.text((0, low + 6), f"{accepted} of {gamma} {ACCEPTED}", "note", width=scene.width)

    numbers: dict[str, Number] = {"gamma": gamma, "tokens": tokens, "steps": round(cost, 2)}
    return drawing(
        layout,
        alt=f"Time from left to right in plain steps: {gamma} short draft steps, one pass of the "
        f"target, {tokens} tokens; below, {tokens} plain steps for as many.",
        caption=caption,
        numbers=numbers | numbers_in(f"{caption} {plain(round(cost, 2))}"),
    )


def _drafts(gamma: int, accepted: int, cost: Number) -> list[Span]:
    """Return the draft steps: those whose tokens stand, and those for nothing."""
    fills = ["good"] * accepted + ["hatch"] * (gamma - accepted)
    return [
        Span(i * cost, (i + 1) * cost, fill, f"draft {i + 1}|{i + 1}")
        for i, fill in enumerate(fills)
    ]
