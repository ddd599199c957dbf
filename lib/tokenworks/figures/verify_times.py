"""How long a pass of the target takes by the tokens in it: flat, then rising with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from operator import attrgetter

from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.cost.step_kernels import decode_step
from tokenworks.figures.line_chart import SERIES, Points, curves
from tokenworks.figures.picture import Figure
from tokenworks.number import Number
from tokenworks.units import plain

TOKENS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048)
FLOOR = "floor"


def pass_costs(
    plan: ServingPlan, *, constants: Constants, context_tokens: int, tokens: Sequence[int] = TOKENS
) -> dict[str, Points]:
    """Return (tokens, time) of one sequence's pass, expected and floor, in expected plain steps."""
    step = partial(decode_step, plan, 1, context_tokens, constants=constants)
    plain_seconds = step().expected_seconds
    ways = {"expected": attrgetter("expected_seconds"), FLOOR: attrgetter("floor_seconds")}
    return {
        name: [(n, way(step(tokens_per_sequence=n)) / plain_seconds) for n in tokens]
        for name, way in ways.items()
    }


def verification_times(
    plan: ServingPlan,
    *,
    constants: Constants,
    context_tokens: int = 1024,
    measured: Mapping[str, Points] | None = None,
    caption: str = "",
) -> Figure:
    """Draw the time of a pass over its tokens, in expected plain steps.

    Above the diagonal a pass would be dearer than its tokens one by one. `measured` holds other
    machines', (tokens, time in passes of their own over one token), from 1 token on.
    """
    lines: dict[str, Points] = pass_costs(plan, constants=constants, context_tokens=context_tokens)
    colours = {"expected": "decode", FLOOR: "floor"}
    for name, colour in zip(measured or {}, SERIES, strict=False):
        lines[name] = (measured or {})[name]
        colours[name] = colour
    most = max(cost for points in lines.values() for _, cost in points)
    lines["one by one"] = [(1, 1), (most, most)]
    colours["one by one"] = "muted"
    expected: dict[Number, Number] = dict(lines["expected"])
    said = ", ".join(f"{plain(round(expected[n], 2))} with {n}" for n in (8, 64, 512))
    return curves(
        lines,
        title="A pass by the tokens in it",
        xlabel="tokens in the pass, of one sequence",
        ylabel="time, in expected passes over one token",
        alt="Both axes logarithmic. The time of a pass stays flat while it waits for the weights, "
        f"then rises with its tokens: expected {said}.",
        caption=caption,
        colours=colours,
        floors=(FLOOR, "one by one"),
    )
