"""SIM-16: a server that you drive: chosen runs as they were recorded, any run where Python runs.

All of it is the cockpit's (`tokenworks.cockpit`): the page of the site asks the library itself for
a live run, and a notebook carries only the name of the recorded ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from tokenworks.cockpit.recorded import recorded
from tokenworks.cockpit.settings import CHOICES, Settings
from tokenworks.number import Number
from tokenworks.specs import chip, model_spec
from tokenworks.units import plain, show
from tokenworks.widgets.kit import short_seconds, significant
from tokenworks.widgets.stage import NAMED, Stage, chosen, html_table, json_text

SEED = 0
RATES = (0.5, 1, 2, 3, 5, 8, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 500)
SWITCH = "switch"
# Of each control: its name, its label, its group: the first ones, those of the replicas, the rest
CONTROLS = (
    ("rate", "Requests", "first"),
    ("mix", "Lengths", "first"),
    ("batching", "Batching", "first"),
    ("chips", "Chips", "first"),
    ("paging", "Paged KV cache", "switches"),
    ("prefix_caching", "Prefix caching", "switches"),
    ("speculation", "Speculation", "switches"),
    ("model", "Model", "model"),
    ("chip", "Chip", "model"),
    ("chips_per_replica", "Chips of a replica", "model"),
    ("weights", "Weights", "model"),
    ("cache", "KV cache", "model"),
    ("max_batch", "Largest batch", "more"),
    ("prefill", "Prompts are read", "more"),
    ("router", "Router", "more"),
    ("shared_prefix", "Shared beginning", "more"),
    ("autoscaling", "Autoscaling", "more-switches"),
)
WORDS = {
    "chat": "Chat",
    "long-prompts": "Long prompts",
    "long-answers": "Long answers",
    "mixed": "Mixed",
    "static": "Static",
    "dynamic": "Dynamic",
    "continuous": "Continuous",
    "whole": "whole",
    "chunked": "in chunks",
    "disaggregated": "in two pools",
}


def label_of(name: str, value: Any) -> str:
    """Return what a choice of a control is called."""
    if name == "model":
        return model_spec(value).label
    if name == "chip":
        return chip(value).label
    if name == "shared_prefix":
        return f"{plain(value)} tokens" if value else "none"
    return WORDS.get(value, plain(value) if isinstance(value, int) else str(value))


def fields() -> list[dict[str, Any]]:
    """Return the controls: name, label, kind, group, and each choice with what it is called."""
    found = []
    for name, label, group in CONTROLS:
        values: Sequence[Any] = RATES if name == "rate" else CHOICES[name]
        kind = "slider" if name == "rate" else SWITCH if group.endswith("switches") else "select"
        choices = [[value, label_of(name, value)] for value in values]
        found.append(
            {"name": name, "label": label, "kind": kind, "group": group, "choices": choices}
        )
    return found


@cache
def held() -> dict[str, Any]:
    """Return what the widget stands on: its controls, recorded runs, missions, challenges, facts."""
    return {"seed": SEED, "fields": fields(), **recorded()}


def grid() -> dict[str, Sequence[Any]]:
    """Return the values of each control at which runs were recorded."""
    return held()["grid"]


def recorded_at(state: dict[str, Any]) -> dict[str, Any]:
    """Return the recorded run at some values of the grid."""
    return held()["runs"]["|".join(json.dumps(state[name]) for name in grid())]


def held_text(state: dict[str, Any]) -> str:
    """Return data and state as JSON that may stand in a page."""
    return json_text({"data": held(), "state": state})


class Cockpit(Stage):
    """The live widget; `state` holds the controls over which runs were recorded."""

    def grid(self) -> dict[str, Sequence[Any]]:
        """Return the values each control may take."""
        return grid()

    def held(self) -> str:
        """Return where the data are, which are too large for a notebook, and the state."""
        return NAMED + json_text({"": self._name, "state": self.state})[len('{"":') :]

    def fallback(self) -> str:
        """Return the dashboard of the recorded run."""
        board = recorded_at(self.state)["board"]
        rows = [(label, _shown(board[name], text)) for name, label, text in MEASURES]
        return html_table(self._caption(), ("Of the last ten seconds", "Value"), rows)

    def _caption(self) -> str:
        on = Settings.from_dict({**held()["base"], **self.state})
        return (
            f"After {held()['until']} s: {label_of('model', on.model)} on {on.chips} × "
            f"{label_of('chip', on.chip)}, {on.batching} batching, {plain(on.rate)} requests a second"
        )


def _shown(value: Number | None, text: Callable[[Number], str]) -> str:
    return "–" if value is None else text(value)


def _share(value: Number) -> str:
    return show(value, "%", decimals=0)


def _usd(value: Number) -> str:
    return f"USD {value:.2f}"


def _three(value: Number) -> str:
    return plain(significant(value, 3))


MEASURES: tuple[tuple[str, str, Callable[[Number], str]], ...] = (
    ("output_tokens_per_s", "Tokens out a second", _three),
    ("ttft_p50", "Time to first token, P50", short_seconds),
    ("ttft_p99", "Time to first token, P99", short_seconds),
    ("itl_mean", "Gap between tokens, mean", short_seconds),
    ("goodput", "Answers a second within both limits", _three),
    ("queue", "Requests that wait", plain),
    ("utilisation", "Replicas at work", _share),
    ("kv_share", "KV memory in use", _share),
    ("usd_per_million", "A million tokens out", _usd),
    ("floor_itl", "One token for everyone, floor", short_seconds),
    ("expected_itl", "One token for everyone, expected", short_seconds),
)


def cockpit(**controls: Any) -> Cockpit:
    """Return SIM-16, a server that you drive; controls are those over which runs were recorded."""
    first = {name: held()["base"][name] for name in grid()}
    return Cockpit(data=held(), state=chosen(controls, **first))
