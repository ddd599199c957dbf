"""Where speculation loses: the acceptance that a batch needs, for each target and its draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tokenworks.cost.expected import cache_capacity
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.cost.speculation_batch import speculation_round
from tokenworks.figures.box import Box
from tokenworks.figures.line_chart import SERIES, Points
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import Plane, titled_axes
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

BATCHES = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
TITLE = "The acceptance that a batch needs"
LABELS = ("sequences in the batch", "acceptance α; below its line a target loses")
SCALES = (Scale(0.93, BATCHES[-1] * 1.05, "log"), Scale(0, 1))
BESIDE = 162.0  # px for the names of the lines, where there is room
Pair = tuple[ServingPlan, ServingPlan | None]


@dataclass(frozen=True)
class FieldCase:
    """What somebody reported: batches and acceptances, from lowest to highest, and the words."""

    batches: tuple[Number, Number]
    alphas: tuple[Number, Number]
    words: str


def break_evens(
    pair: Pair,
    *,
    gamma: int,
    context_tokens: int,
    constants: Constants,
    batches: Sequence[int] = BATCHES,
) -> Points:
    """Return (batch, break-even alpha) of a target and its draft; 1 where every alpha loses.

    Batches that the memory does not hold are left out.
    """
    plan, draft = pair
    room, found = cache_capacity(plan, context_tokens + gamma, draft=draft), []
    for batch in (batch for batch in batches if batch <= room):
        one = speculation_round(
            plan, draft, gamma, batch=batch, context_tokens=context_tokens, constants=constants
        )
        even = one.break_even()
        found.append((batch, 1.0 if even is None else even))
    return found


def losing_region(
    pairs: Mapping[str, Pair],
    *,
    gamma: int,
    context_tokens: int,
    constants: Constants,
    case: FieldCase | None = None,
    caption: str = "",
) -> Figure:
    """Draw a line for each target: above it speculation gains, below it loses.

    Times are the expected ones. `case` is marked as a box. No pair raises ValueError.
    """
    if not pairs:
        raise ValueError("losing_region needs at least one target with its draft")
    lines = {
        name: break_evens(pair, gamma=gamma, context_tokens=context_tokens, constants=constants)
        for name, pair in pairs.items()
    }
    shades = dict(zip(lines, SERIES * len(lines), strict=False))

    def layout(scene: Scene) -> None:
        plane = titled_axes(scene, TITLE, SCALES, labels=LABELS, margin=BESIDE * scene.wide)
        for name, points in lines.items():
            plane.curve(points, shades[name])
        if case:
            _mark(plane, case)
        _name(plane, lines, shades)

    told = "; ".join(f"{name}: {_told(points)}" for name, points in lines.items())
    numbers: dict[str, Number] = {f"batch {batch}": batch for batch in BATCHES}
    for name, points in lines.items():
        numbers |= {f"{name}, batch {batch}": alpha for batch, alpha in points}
    words = " ".join([*pairs, case.words if case else "", caption])
    return drawing(
        layout,
        alt=f"Break-even acceptance over the batch, a line for each target. {told}.",
        caption=caption,
        numbers=numbers | numbers_in(words),
    )


def _told(points: Points) -> str:
    (_, alone), (batch, last) = points[0], points[-1]
    return f"{show(alone, '%', decimals=0)} alone, {show(last, '%', decimals=0)} at {batch}"


def _mark(plane: Plane, case: FieldCase) -> None:
    """Draw the box of what was reported, and its words beside it."""
    (left, top), (right, bottom) = (
        plane.at(batch, alpha)
        for batch, alpha in zip(case.batches, reversed(case.alphas), strict=True)
    )
    box = Box(left, top, right - left, bottom - top)
    plane.scene.rect(box, "ink", stroke="ink", thick=1.5, faint=True)
    plane.name((case.batches[1], case.alphas[0]), case.words)


def _name(plane: Plane, lines: Mapping[str, Points], shades: Mapping[str, str]) -> None:
    """Name the lines beside the chart, or below it where there is no room."""
    scene = plane.scene
    if scene.wide:
        ends = [(plane.at(*points[-1])[1], n, shades[n]) for n, points in lines.items()]
        plane.end_names(ends, BESIDE - 12)
        return
    for name, colour in shades.items():
        y = scene.low + 8
        middle = y + scene.size("note") / 2
        scene.line([(0, middle), (18, middle)], colour, thick=2.25)
        scene.text((24, y), name, "note", colour=colour, bold=True, width=scene.width - 24)
