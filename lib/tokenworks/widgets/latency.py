"""SIM-06: one watched request among a burst of equal ones: its tokens, and the four latencies.

The real scheduler runs the burst and the cost model times its steps. A step decodes one token for
everyone who is past the prompt and reads prompts, first come, first served, in what is left of its
token budget. Times are recorded in whole ticks: every step's floor, and what to expect of the same
steps for the whole answer.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from tokenworks.cost.mixed_step import Load, step_clock
from tokenworks.number import Number
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate
from tokenworks.widgets.deployments import DEPLOYMENTS, LABELS, clock_of, error_of
from tokenworks.widgets.kit import count_text, cumulative, ratio, seconds_text
from tokenworks.widgets.stage import Stage, chosen, html_table

TICKS_PER_S = 10**7  # so fine that a gap, a difference of two ends, keeps four digits
EXPECTED_TICKS_PER_S = 10**6  # of what is expected
STEP_TOKENS = 2048  # the budget of a step: decodes first, prompts in what is left
GRID: dict[str, tuple[Any, ...]] = {
    "deployment": ("8b-h100", "8b-v5e", "70b-h100"),
    "batch": (1, 2, 4, 8, 16, 32, 64),
    "prompt_tokens": (100, 500, 2000, 4000),
    "output_tokens": (1, 10, 50, 200),
    "place": ("first", "middle", "last"),
    "slower": (1, 10, 100),
}
METRICS = ("ttft", "tpot", "longest", "e2el")


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: every burst's steps, and a text to stream."""
    outputs = GRID["output_tokens"]
    poem = files("tokenworks.data").joinpath("lifecycle.json").read_text(encoding="utf-8")
    return {
        "labels": {name: LABELS[name] for name in GRID["deployment"]},
        "errors": {name: error_of(name) for name in GRID["deployment"]},
        "grid": {name: list(values) for name, values in GRID.items()},
        "output": json.loads(poem)["output"],
        "runs": {
            name: [
                [[_burst(name, p, n, batch=b) for b in GRID["batch"]] for n in outputs]
                for p in GRID["prompt_tokens"]
            ]
            for name in GRID["deployment"]
        },
    }


def _burst(name: str, prompt_tokens: int, output_tokens: int, *, batch: int) -> dict[str, Any]:
    """Record the steps of one burst.

    `changes` are the differences between the lengths of neighbouring steps. `read` are the prompt
    tokens of each step that reads any. `places` are two numbers for each watched request: how many
    steps have ended when its prompt begins to be read, and how many when its first token is out.
    `expected` are three times for each: of the first token, of the longest gap and of the end.
    """
    loads, places = _scheduled(prompt_tokens, output_tokens, batch)
    seconds = map(step_clock(DEPLOYMENTS[name]), loads)
    ends = [0, *(ticks(moment) for moment in cumulative(list(seconds)))]
    lengths = [0, *(after - before for before, after in pairwise(ends))]
    prompts = [load for load in loads if load.prompts]
    return {
        "changes": [after - before for before, after in pairwise(lengths)],
        "read": [load.new_tokens - (load.sequences - load.prompts) for load in prompts],
        "places": [list(place) for place in places],
        "expected": _expected(list(map(clock_of(name), loads)), places, output_tokens),
    }


def _expected(
    lengths: list[float], places: list[tuple[int, int]], output_tokens: int
) -> list[list[int]]:
    ends, found = [0.0, *cumulative(lengths)], []
    for _, first in places:
        last = first + output_tokens - 1
        times = (ends[first], max(lengths[first:last], default=0.0), ends[last])
        found.append([round(EXPECTED_TICKS_PER_S * seconds) for seconds in times])
    return found


@cache
def _scheduled(
    prompt_tokens: int, output_tokens: int, batch: int
) -> tuple[list[Load], list[tuple[int, int]]]:
    """Return what each step of a burst computes, and the places of the three watched requests.

    All requests come at once, so no decision of the scheduler depends on how long a step takes:
    here each takes one second, and every deployment's clock is then laid over the same steps.
    """
    loads: list[Load] = []

    def clock(load: Load) -> float:
        loads.append(load)
        return 1.0

    burst = [
        Request(prompt_tokens=prompt_tokens, max_tokens=output_tokens, id=str(i))
        for i in range(batch)
    ]
    policy = Policy(max_batch=max(GRID["batch"]), max_batch_tokens=STEP_TOKENS)
    room = BlockPool(batch, prompt_tokens + output_tokens)  # a block for each request's all
    run = simulate(Scheduler(policy, room), burst, clock)
    watched = [run.requests[i] for i in (0, (batch - 1) // 2, batch - 1)]
    return loads, [(round(r.scheduled_seconds or 0), round(r.token_seconds[0])) for r in watched]


def expected_at(**state: Any) -> dict[str, Number | None]:
    """Return what to expect of the whole answer at these controls, in seconds, as `shown_at`."""
    at = {name: GRID[name].index(state[name]) for name in GRID if name in state}
    burst = tabulated()["runs"][state["deployment"]]
    burst = burst[at["prompt_tokens"]][at["output_tokens"]][at["batch"]]
    first, longest, end = burst["expected"][at["place"]]
    gaps = state["output_tokens"] - 1
    return {
        "ttft": first / EXPECTED_TICKS_PER_S,
        "tpot": ratio(end - first, gaps) / EXPECTED_TICKS_PER_S if gaps else None,
        "longest": longest / EXPECTED_TICKS_PER_S if gaps else None,
        "e2el": end / EXPECTED_TICKS_PER_S,
    }


def ticks(seconds: Number) -> int:
    """Return a time in whole ticks."""
    return round(TICKS_PER_S * seconds)


def shown_at(cursor: int | None = None, **state: Any) -> dict[str, Number | None]:
    """Return what the counters show after `cursor` steps (None: all), in seconds.

    A metric that has no value yet is None: TPOT and the gaps need two tokens.
    """
    at = {name: GRID[name].index(state[name]) for name in GRID if name in state}
    burst = tabulated()["runs"][state["deployment"]]
    burst = burst[at["prompt_tokens"]][at["output_tokens"]][at["batch"]]
    _, first = burst["places"][at["place"]]
    last = first + state["output_tokens"] - 1
    now = last if cursor is None else min(cursor, last)
    lengths = cumulative(burst["changes"])
    ends = [0, *cumulative(lengths)]
    tokens = max(0, now - first + 1)
    gaps = lengths[first:now]
    return {
        "tokens": tokens,
        "ttft": ends[first] / TICKS_PER_S if tokens else None,
        "itl": gaps[-1] / TICKS_PER_S if gaps else None,
        "longest": max(gaps) / TICKS_PER_S if gaps else None,
        "tpot": ratio(ends[now] - ends[first], tokens - 1) / TICKS_PER_S if gaps else None,
        "e2el": ends[now] / TICKS_PER_S,
    }


class Latency(Stage):
    """The live widget; `state` holds the controls by name, and `cursor`: None shows all steps."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def shown(self) -> dict[str, Any]:
        """Return what the repr says."""
        return {name: self.state[name] for name in GRID if name != "slower"}

    def fallback(self) -> str:
        """Return the four metrics of the watched request at each batch load."""
        state = self.shown()
        caption = (
            f"{LABELS[state['deployment']]}, bf16: the {state['place']} of a burst of "
            f"equal requests, {count_text(state['prompt_tokens'])} prompt and "
            f"{count_text(state['output_tokens'])} output tokens each; at least, and expected. Of "
            f"expected times a token, {error_of(state['deployment'])}"
        )
        head = ("Batch load", "TTFT", "TPOT", "Longest gap (ITL)", "E2EL")
        return html_table(caption, head, [_row(state | {"batch": n}) for n in GRID["batch"]])


def _row(state: dict[str, Any]) -> tuple[str, ...]:
    least, wanted = shown_at(**state), expected_at(**state)
    times = (f"{time_text(least[name])}; {time_text(wanted[name])}" for name in METRICS)
    return (count_text(state["batch"]), *times)


def time_text(seconds: Number | None) -> str:
    """Return a duration, or a dash where there is none."""
    return "–" if seconds is None else seconds_text(seconds)


def latency(deployment: str = "8b-h100", **controls: Any) -> Latency:
    """Return SIM-06, the latency playground; every value must be on the recorded grid.

    `controls`: batch, prompt_tokens, output_tokens, place, slower.
    """
    shown = chosen(controls, batch=1, prompt_tokens=100, output_tokens=50, place="last", slower=10)
    return Latency(data=tabulated(), state={"deployment": deployment, **shown, "cursor": None})
