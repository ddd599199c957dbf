"""SIM-08: the same requests under static, dynamic and continuous batching, slot by slot.

Every run is the real scheduler's, by the clock of the cost model; `benchmarks/record_batching.py`
recorded them: floors, and how long to expect whole answers to take. Lengths are log-normal around
one mean, arrivals are Poisson. One seed draws the requests, so that every strategy gets the same
ones; a higher rate only shortens their gaps.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from tokenworks.cost.mixed_step import Load, step_clock
from tokenworks.number import Number
from tokenworks.percentiles import percentile
from tokenworks.serving.arrivals import poisson
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.driver import Run
from tokenworks.serving.lengths import Lengths, fixed, lognormal
from tokenworks.serving.metrics import e2el_seconds
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate
from tokenworks.widgets.deployments import DEPLOYMENTS, LABELS, clock_of, error_of
from tokenworks.widgets.kit import probability_text, ratio, seconds_text, significant, sum_left
from tokenworks.widgets.stage import Stage, html_table

DEPLOYMENT, PROMPT_TOKENS, MEAN_TOKENS, COUNT, SEED = "8b-h100", 200, 200, 400, 3
WINDOW_SECONDS = 0.2  # of dynamic batching
DRAWN, LEAST_SECONDS = 24, 3.0  # the picture ends with this arrival, and not before this time
GRID: dict[str, tuple[Any, ...]] = {
    "rate_per_s": (1, 2, 5, 10, 20),
    "variance_percent": (0, 25, 50, 100, 200),
    "max_batch": (4, 8, 16),
}
STRATEGIES = ("static", "dynamic", "continuous")
LATENCIES = ("mean", "expected_mean", "expected_p99")  # that are shown


@cache
def tabulated() -> dict[str, Any]:
    """Return what was recorded."""
    text = files("tokenworks.data").joinpath("batching.json").read_text(encoding="utf-8")
    return json.loads(text)


def simulated(
    strategy: Any,
    rate_per_s: Number,
    variance_percent: int,
    *,
    max_batch: int,
    clock: Callable[[Load], float] | None = None,
) -> Run:
    """Run the requests of one setting: `variance_percent` is the lengths' deviation over mean.

    Without a clock every step takes its floor.
    """
    sigma = math.sqrt(math.log1p((variance_percent / 100) ** 2))
    lengths = Lengths(fixed(PROMPT_TOKENS), lognormal(sigma=sigma, mean_tokens=MEAN_TOKENS))
    window = WINDOW_SECONDS if strategy == "dynamic" else 0.0
    policy = Policy(max_batch=max_batch, batching=strategy, window_seconds=window)
    requests = poisson(rate_per_s, COUNT, lengths=lengths, seed=SEED)
    room = sum(request.prompt_tokens + request.max_tokens for request in requests)
    scheduler = Scheduler(policy, BlockPool(room, 1))
    return simulate(scheduler, requests, clock or step_clock(DEPLOYMENTS[DEPLOYMENT]))


def measured(run: Run, max_batch: int) -> dict[str, float]:
    """Return the counters of a run: utilisation, mean and P99 of the time to the whole answer.

    Utilisation is the time in which a slot makes tokens for a request, over all slots' time from
    the first arrival to the last answer.
    """
    times = [e2el_seconds(request) for request in run.requests]
    made = sum_left([r.token_seconds[-1] - (r.scheduled_seconds or 0) for r in run.requests])
    return {
        "utilisation": significant(ratio(made, max_batch * run.seconds), 8),
        "mean": significant(ratio(sum_left(times), len(times)), 8),
        "p99": significant(percentile(times, 99), 8),
    }


def bars(run: Run, until_ms: int) -> list[list[int]]:
    """Return the first requests as slot, start, last token and end in milliseconds.

    A slot is only a line of the picture: each request takes the lowest that is free.
    """
    free_from: list[float] = []
    rows = []
    for request in run.requests:
        start, end = request.scheduled_seconds or 0.0, request.finished_seconds or 0.0
        if millis(start) >= until_ms:
            break
        slot = next((i for i, moment in enumerate(free_from) if moment <= start), len(free_from))
        free_from[slot : slot + 1] = [end]
        rows.append([slot, *map(millis, (start, request.token_seconds[-1], end))])
    return rows


def millis(seconds: Number) -> int:
    """Return a time in whole milliseconds."""
    return round(1e3 * seconds)


def setting(rate_per_s: Number, variance_percent: int, max_batch: int) -> dict[str, Any]:
    """Record one setting: the counters of each strategy over the whole run, and its first bars."""
    floors, wanted = (
        {
            name: simulated(name, rate_per_s, variance_percent, max_batch=max_batch, clock=clock)
            for name in STRATEGIES
        }
        for clock in (None, clock_of(DEPLOYMENT))
    )
    until = picture_ms(floors["static"].requests)
    return {
        name: measured(run, max_batch)
        | {f"expected_{key}": measured(wanted[name], max_batch)[key] for key in ("mean", "p99")}
        | {"bars": bars(run, until)}
        for name, run in floors.items()
    }


def picture_ms(requests: list[Request]) -> int:
    """Return where the picture ends, the same for all strategies."""
    return millis(max(requests[DRAWN - 1].arrival_seconds, LEAST_SECONDS))


def shown_at(**state: Any) -> dict[str, dict[str, Any]]:
    """Return what was recorded of each strategy at these controls."""
    rate, variance, limit = (GRID[name].index(state[name]) for name in GRID)
    return tabulated()["runs"][rate][variance][limit]


class Batching(Stage):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return the counters of the three strategies."""
        state = self.state
        caption = (
            f"{LABELS[DEPLOYMENT]}, bf16: {COUNT} requests at "
            f"{state['rate_per_s']} a second, {PROMPT_TOKENS} prompt tokens, outputs of "
            f"{MEAN_TOKENS} tokens with a deviation of {state['variance_percent']} %, at most "
            f"{state['max_batch']} at once. Of expected times a token, {error_of(DEPLOYMENT)}"
        )
        found = shown_at(**state)
        rows = [
            (
                name,
                probability_text(found[name]["utilisation"]),
                *(seconds_text(found[name][key]) for key in LATENCIES),
            )
            for name in STRATEGIES
        ]
        head = ("Batching", "Utilisation", "Mean, at least", "Mean, expected", "P99, expected")
        return html_table(caption, head, rows)


def batching(rate_per_s: int = 5, *, variance_percent: int = 50, max_batch: int = 8) -> Batching:
    """Return SIM-08, three ways to batch; every value must be on the recorded grid."""
    return Batching(
        data=tabulated(),
        state={
            "rate_per_s": rate_per_s,
            "variance_percent": variance_percent,
            "max_batch": max_batch,
        },
    )
