"""SIM-07: a larger batch makes more tokens and slower streams; an SLO and memory end it."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from typing import Any

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory_budget import max_batch
from tokenworks.cost.roofline import critical_batch_at
from tokenworks.cost.step_time import decode_seconds
from tokenworks.number import Number
from tokenworks.widgets.deployments import DEPLOYMENTS, LABELS
from tokenworks.widgets.kit import count_text, ratio, seconds_text, significant
from tokenworks.widgets.stage import Stage, html_table

GRID: dict[str, tuple[Any, ...]] = {
    "deployment": tuple(DEPLOYMENTS),
    "context_tokens": (128, 512, 1024, 2048, 4096, 8192),
    "slo_ms": (10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200),
}
POINTS = 32  # of a curve
TOPS = tuple(
    digits * 10**power // 10 for power in range(1, 7) for digits in (10, 15, 20, 30, 40, 60, 80)
)
FALLBACK_BATCHES = (1, 4, 16, 64, 256, 1024)


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: the curves, where memory and each SLO end them."""
    return {
        "labels": LABELS,
        "grid": {name: list(values) for name, values in GRID.items()},
        "tops": TOPS,
        "curves": {
            name: [_curve(on, context) for context in GRID["context_tokens"]]
            for name, on in DEPLOYMENTS.items()
        },
    }


def _curve(on: Deployment, context_tokens: int) -> dict[str, Any]:
    limit = max_batch(on, context_tokens)
    right = axis_top(1.2 * limit)
    kink = critical_batch_at(on, context_tokens) or right
    batches = {1, limit, min(kink, right), *(right * i // POINTS for i in range(1, POINTS + 1))}
    meeting = [largest_batch(on, context_tokens, slo_ms / 1e3) for slo_ms in GRID["slo_ms"]]
    ends = [min(limit, batch) for batch in meeting]
    return {
        "limit": limit,
        "right": right,
        "kink": kink if kink < limit else None,  # compute-bound from here
        "batches": sorted(batches),
        "tpot": [_seconds(on, context_tokens, batch) for batch in sorted(batches)],
        "meeting": meeting,
        "end_tpot": [_seconds(on, context_tokens, end) if end else 0 for end in ends],
    }


def _seconds(on: Deployment, context_tokens: int, batch: int) -> float:
    return significant(decode_seconds(on, context_tokens, batch=batch), 8)


def axis_top(value: Number) -> int:
    """Return the first round number that is not below a value."""
    return next(top for top in TOPS if top >= value)


def largest_batch(on: Deployment, context_tokens: int, tpot_seconds: Number) -> int:
    """Return the most sequences that one step can decode in this time, 0 where one is too many."""
    return bisect_right(
        range(1, TOPS[-1]),
        tpot_seconds,
        key=lambda batch: decode_seconds(on, context_tokens, batch=batch),
    )


def shown_at(**state: Any) -> dict[str, Number]:
    """Return what the counters show at these controls: the end of the goodput zone."""
    on, context = DEPLOYMENTS[state["deployment"]], state["context_tokens"]
    limit = max_batch(on, context)
    meeting = largest_batch(on, context, state["slo_ms"] / 1e3)
    batch = min(limit, meeting)
    tpot = _seconds(on, context, batch) if batch else 0
    rate = ratio(batch, tpot)
    return {"limit": limit, "meeting": meeting, "batch": batch, "tpot": tpot, "rate": rate}


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
            f"context each, SLO: TPOT at most {state['slo_ms']} ms"
        )
        head = ("Batch", "TPOT, at least", "Output tokens/s, at most", "Meets the SLO", "Fits")
        return html_table(caption, head, [_row(state, int(batch), ends) for batch in batches])


def _row(state: dict[str, Any], batch: int, ends: dict[str, Number]) -> tuple[str, ...]:
    tpot = _seconds(DEPLOYMENTS[state["deployment"]], state["context_tokens"], batch)
    good = ["yes" if batch <= ends[key] else "no" for key in ("meeting", "limit")]
    return (count_text(batch), seconds_text(tpot), count_text(ratio(batch, tpot)), *good)


def tradeoff(
    deployment: str = "70b-a100", *, context_tokens: int = 512, slo_ms: int = 100
) -> Tradeoff:
    """Return SIM-07, throughput against latency; every value must be on the recorded grid."""
    return Tradeoff(
        data=tabulated(),
        state={"deployment": deployment, "context_tokens": context_tokens, "slo_ms": slo_ms},
    )
