"""SIM-14: the first token of one prompt without and with a prefix cache, to scale.

The server is idle: a time is that of the step that reads the prompt, or what of it was not found.
Only whole blocks are found, and a block is found only where all before it are.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from tokenworks.cost.memory import kv_bytes_per_token
from tokenworks.cost.mixed_step import step_clock
from tokenworks.cost.slice_loads import prompt_load
from tokenworks.number import Number
from tokenworks.widgets.deployments import DEPLOYMENTS, LABELS, clock_of, error_of
from tokenworks.widgets.kit import count_text, ratio, short_seconds, significant, wholes
from tokenworks.widgets.stage import Stage, chosen, html_table

BLOCK_TOKENS = 16
GRID: dict[str, tuple[Any, ...]] = {
    "deployment": ("8b-h100", "70b-8h100", "8b-v5e", "70b-v6e"),
    "known": ("whole", "half", "none"),
    "prefix_tokens": (250, 500, 1000, 2000, 4000, 8000, 16000, 32000),
    "new_tokens": (20, 80, 320, 1000, 4000),
}
KNOWN = {
    "whole": "all of it: a hit",
    "half": "half, then a token differs",
    "none": "nothing: a miss",
}
SHARES = {"whole": 1.0, "half": 0.5, "none": 0.0}


def found_tokens(known: str, prefix_tokens: int) -> int:
    """Return the tokens of a prefix that are found: those of whole blocks."""
    return BLOCK_TOKENS * wholes(SHARES[known] * prefix_tokens, BLOCK_TOKENS)


@cache
def reading(deployment: str, found: int, computed: int) -> tuple[float, float]:
    """Return the step that reads what was not found, in seconds: its floor, and what to expect."""
    load = prompt_load(computed, before_tokens=found)
    clocks = (step_clock(DEPLOYMENTS[deployment]), clock_of(deployment))
    floor, expected = (significant(clock(load), 6) for clock in clocks)
    return floor, expected


def of_weights(deployment: str, found: int, computed: int) -> bool:
    """Return whether the floor of the step that reads a prompt is mostly that of all weights.

    It is where the step is no longer than that of one token after as many, and the weights are
    more than half of what both read.
    """
    clock = step_clock(DEPLOYMENTS[deployment])
    one_later = clock(prompt_load(1, before_tokens=found + computed - 1))
    floor = clock(prompt_load(computed, before_tokens=found))
    return floor <= one_later < 2 * clock(prompt_load(1))


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: what is found of each prefix, and both times.

    `weights` says where the floor of the rest is that of all weights.
    """
    return {
        "grid": {name: list(values) for name, values in GRID.items()},
        "labels": {name: LABELS[name].partition(" (")[0] for name in GRID["deployment"]},
        "errors": {name: error_of(name) for name in GRID["deployment"]},
        "known": KNOWN,
        "block": BLOCK_TOKENS,
        "kept": {name: _token_bytes(name) for name in GRID["deployment"]},
        "found": {
            known: [found_tokens(known, prefix) for prefix in GRID["prefix_tokens"]]
            for known in GRID["known"]
        },
        "times": {
            name: {known: _times(name, known) for known in GRID["known"]}
            for name in GRID["deployment"]
        },
        "weights": {
            name: {
                known: [[int(of_weights(name, *step)) for step in row] for row in _steps(known)]
                for known in GRID["known"]
            }
            for name in GRID["deployment"]
        },
    }


def _token_bytes(name: str) -> Number:
    on = DEPLOYMENTS[name]
    return kv_bytes_per_token(on.model, on.bytes_per_value)


def _steps(known: str) -> list[list[tuple[int, int]]]:
    """Return the tokens that are found and those that are read, of each prefix and what follows."""
    rows = []
    for prefix in GRID["prefix_tokens"]:
        found = found_tokens(known, prefix)
        rows.append([(found, prefix - found + new) for new in GRID["new_tokens"]])
    return rows


def _times(name: str, known: str) -> list[list[list[float]]]:
    return [[list(reading(name, *step)) for step in row] for row in _steps(known)]


def shown_at(deployment: str, **at: Any) -> dict[str, Number]:
    """Return what the counters show: both first tokens, what is found and what is read."""
    prefix, new = at["prefix_tokens"], at["new_tokens"]
    found = found_tokens(at["known"], prefix)
    floor_without, without = reading(deployment, 0, prefix + new)
    floor_with, with_cache = reading(deployment, found, prefix + new - found)
    return {
        "without": without,
        "floor_without": floor_without,
        "with": with_cache,
        "floor_with": floor_with,
        "read": prefix + new - found,
        "kept": found * _token_bytes(deployment),
    }


class PrefixTimeline(Stage):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return both first tokens of each length of the prefix."""
        state = self.state
        caption = (
            f"{LABELS[state['deployment']]}, bf16, idle: the first token of a prompt that ends in "
            f"{count_text(state['new_tokens'])} new tokens; known of the prefix: "
            f"{KNOWN[state['known']]}. Of expected times a token, {error_of(state['deployment'])}"
        )
        head = (
            "Tokens of the prefix",
            "Without, expected",
            "With, expected",
            "With, at least",
            "Times sooner",
        )
        return html_table(caption, head, [_line(state, n) for n in GRID["prefix_tokens"]])


def _line(state: dict[str, Any], prefix: int) -> tuple[str, ...]:
    at: dict[str, Any] = state | {"prefix_tokens": prefix}
    found = shown_at(**at)
    times = (short_seconds(found[name]) for name in ("without", "with", "floor_with"))
    return (count_text(prefix), *times, times_text(ratio(found["without"], found["with"])))


def times_text(times: Number) -> str:
    """Return how many times sooner, with one place below ten."""
    return count_text(round(times, 1 if times < 10 else None))


def prefix_timeline(deployment: str = "70b-8h100", **controls: Any) -> PrefixTimeline:
    """Return SIM-14, a prompt with and without its prefix known; values are those of the grid.

    `controls`: known (of the prefix: "whole", "half" or "none"), prefix_tokens, new_tokens.
    """
    others = chosen(controls, known="whole", prefix_tokens=2000, new_tokens=80)
    return PrefixTimeline(data=tabulated(), state={"deployment": deployment} | others)
