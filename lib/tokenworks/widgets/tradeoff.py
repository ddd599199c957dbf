"""SIM-07: a larger batch makes more tokens and slower streams; an SLO and memory end it.

The zone in which the SLO holds is that of the expected time a token; the floor stands beside it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import cache
from typing import Any

from tokenworks.cost.memory_budget import max_batch
from tokenworks.cost.mixed_step import decode_load
from tokenworks.cost.roofline import critical_batch_at
from tokenworks.cost.step_time import decode_seconds
from tokenworks.number import Number
from tokenworks.widgets.deployments import DEPLOYMENTS, LABELS, clock_of, error_of
from tokenworks.widgets.kit import count_text, ratio, seconds_text, significant
from tokenworks.widgets.stage import Stage, html_table

GRID: dict[str, tuple[Any, ...]] = {
    "deployment": ("8b-h100", "8b-v5e", "70b-a100", "70b-h100", "70b-v6e", "405b-h200"),
    "context_tokens": (128, 512, 1024, 2048, 4096, 8192),
    "slo_ms": (10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200),
}
POINTS = 32  # of a curve
TOPS = tuple(
    digits * 10**power // 10 for power in range(1, 7) for digits in (10, 15, 20, 30, 40, 60, 80)
)
SLOS = GRID["slo_ms"]
ENDS = ("batch", "floor_batch", "tpot", "floor")  # at each SLO
FALLBACK_BATCHES = (1, 4, 16, 64, 256, 1024)


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: the curves, where memory and each SLO end them."""
    return {
        "labels": {name: LABELS[name] for name in GRID["deployment"]},
        "errors": {name: error_of(name) for name in GRID["deployment"]},
        "grid": {name: list(values) for name, values in GRID.items()},
        "tops": TOPS,
        "curves": {
            name: [_curve(name, context) for context in GRID["context_tokens"]]
            for name in GRID["deployment"]
        },
    }


def _curve(name: str, context_tokens: int) -> dict[str, Any]:
    on = DEPLOYMENTS[name]
    limit = max_batch(on, context_tokens)
    right = axis_top(1.2 * limit)
    kink = critical_batch_at(on, context_tokens) or right
    batches = {1, limit, min(kink, right), *(right * i // POINTS for i in range(1, POINTS + 1))}
    ends = [shown_at(deployment=name, context_tokens=context_tokens, slo_ms=n) for n in SLOS]
    return {
        "limit": limit,
        "right": right,
        "kink": kink if kink < limit else None,  # on the floor, compute-bound from here
        "batches": sorted(batches),
        "floor": [floor_seconds(name, context_tokens, n) for n in sorted(batches)],
        "tpot": [expected_seconds(name, context_tokens, n) for n in sorted(batches)],
        "ends": [[end[key] for key in ENDS] for end in ends],
    }


def floor_seconds(name: str, context_tokens: int, batch: int) -> float:
    """Return the least time of a step in which so many sequences stand at this context."""
    return significant(decode_seconds(DEPLOYMENTS[name], context_tokens, batch=batch), 6)


def expected_seconds(name: str, context_tokens: int, batch: int) -> float:
    """Return what to expect of the same step."""
    return significant(clock_of(name)(decode_load(batch, context_tokens)), 6)


def axis_top(value: Number) -> int:
    """Return the first round number that is not below a value."""
    return next(top for top in TOPS if top >= value)


def largest_batch(seconds: Callable[[int], float], within: Number, *, limit: int) -> int:
    """Return the most sequences, up to a limit, whose step ends within a time; 0 for none."""
    return bisect_right(range(1, limit + 1), within, key=seconds)


def shown_at(**state: Any) -> dict[str, Number]:
    """Return what the counters show at these controls: the end of the goodput zone."""
    name, context = state["deployment"], state["context_tokens"]
    limit, within = max_batch(DEPLOYMENTS[name], context), state["slo_ms"] / 1e3
    floor, wanted = (
        lambda batch, of=of: of(name, context, batch) for of in (floor_seconds, expected_seconds)
    )
    batch = largest_batch(wanted, within, limit=limit)
    tpot = wanted(batch) if batch else 0
    return {
        "limit": limit,
        "batch": batch,
        "floor_batch": largest_batch(floor, within, limit=limit),
        "tpot": tpot,
        "floor": floor(batch) if batch else 0,
        "rate": ratio(batch, tpot),
    }


class Tradeoff(Stage):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return throughput and TPOT of some batches, and whether each meets the SLO and fits."""
        state = self.state
        ends = shown_at(**state)
        batches = sorted({*FALLBACK_BATCHES, ends["limit"], ends["batch"]} - {0})
        caption = (
            f"{LABELS[state['deployment']]}, bf16, {count_text(state['context_tokens'])} tokens of "
            f"context each, SLO: TPOT at most {state['slo_ms']} ms. Of what is expected, "
            f"{error_of(state['deployment'])}"
        )
        head = ("Batch", "TPOT, at least", "TPOT, expected", "Tokens/s, expected", "In the zone")
        return html_table(caption, head, [_row(state, int(batch), ends) for batch in batches])


def _row(state: dict[str, Any], batch: int, ends: dict[str, Number]) -> tuple[str, ...]:
    at = (state["deployment"], state["context_tokens"], batch)
    least, tpot = floor_seconds(*at), expected_seconds(*at)
    where = "yes" if batch <= ends["batch"] else "too slow"
    where = "does not fit" if batch > ends["limit"] else where
    rate = count_text(ratio(batch, tpot))
    return (count_text(batch), seconds_text(least), seconds_text(tpot), rate, where)


def tradeoff(
    deployment: str = "70b-a100", *, context_tokens: int = 512, slo_ms: int = 100
) -> Tradeoff:
    """Return SIM-07, throughput against latency; every value must be on the recorded grid."""
    return Tradeoff(
        data=tabulated(),
        state={"deployment": deployment, "context_tokens": context_tokens, "slo_ms": slo_ms},
    )
