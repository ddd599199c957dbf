"""SIM-16: a server that you drive: chosen runs as they were recorded, any run where Python runs.

Both are the cockpit's (`tokenworks.cockpit`): `benchmarks/record_cockpit.py` recorded what it does,
and a page of the site asks it for any other run. A notebook carries only the name of the records.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

from tokenworks.cockpit import CHALLENGES, MISSIONS, drive
from tokenworks.cockpit.copies import COLD_START_SECONDS, rent_for
from tokenworks.cockpit.guesses import CHANCE, GUESSES
from tokenworks.cockpit.labels import LABELS, label_of
from tokenworks.cockpit.settings import CHOICES, Settings
from tokenworks.number import Number
from tokenworks.specs import chip, model_spec
from tokenworks.units import plain, show
from tokenworks.validate.stated_error import error_text, expected_error
from tokenworks.widgets.kit import short_seconds, significant
from tokenworks.widgets.stage import NAMED, Stage, chosen, html_table, json_text

SEED, UNTIL, EVERY = 0, 60, 3  # seconds of a recorded run, and between two of its boards
BASE: dict[str, Any] = {**Settings(shared_prefix=2000).to_dict(), "rate": 10}
GRID: dict[str, tuple[Any, ...]] = {
    "rate": (5, 10, 20, 40),
    "batching": ("static", "dynamic", "continuous"),
    "chips": (1, 4, 8),
    "paging": (False, True),
    "prefix_caching": (False, True),
}
SERIES = (  # of the boards of a run, the values that are drawn over its time
    *("output_tokens_per_s", "ttft_p50", "itl_mean", "goodput", "queue", "utilisation"),
    *("kv_share", "usd_per_million"),
)
RATES = (0.5, 1, 2, 3, 5, 8, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 500)
# The controls, by where they stand: the first ones, those of the replicas, the rest
CONTROLS = {
    "first": ("rate", "mix", "batching", "chips"),
    "switches": ("paging", "prefix_caching", "speculation"),
    "model": ("model", "chip", "chips_per_replica", "weights", "cache"),
    "more": ("max_batch", "prefill", "router", "shared_prefix"),
    "more-switches": ("autoscaling",),
}


def fields() -> list[dict[str, Any]]:
    """Return the controls: name, label, kind, group, and each choice with what it is called."""
    return [_field(name, group) for group, names in CONTROLS.items() for name in names]


def _field(name: str, group: str) -> dict[str, Any]:
    values: Sequence[Any] = RATES if name == "rate" else CHOICES[name]
    return {
        "name": name,
        "label": LABELS[name],
        "kind": "slider" if name == "rate" else "switch" if "switches" in group else "select",
        "group": group,
        "choices": [[value, label_of(name, value)] for value in values],
    }


def states() -> Iterator[dict[str, Any]]:
    """Yield the values that were recorded: prefixes are kept with continuous batching alone."""
    for values in product(*GRID.values()):
        state = dict(zip(GRID, values, strict=True))
        if state["batching"] == "continuous" or not state["prefix_caching"]:
            yield state


def key_of(state: dict[str, Any]) -> str:
    """Return the name of a recorded run."""
    return "|".join(json.dumps(state[name]) for name in GRID)


def record(state: dict[str, Any]) -> dict[str, Any]:
    """Run one setting: its last frame, its last board, and how the values that are drawn went."""
    script = {"seed": SEED, "changes": [[0, {"set": {**BASE, **state}}]]}
    frames = rounded(drive(script, until=UNTIL, every=EVERY)["frames"])
    last = dict(frames[-1])
    return {
        "board": last.pop("board"),
        "last": last,
        "series": {name: [frame["board"][name] for frame in frames] for name in SERIES},
    }


def rounded(value: Any) -> Any:
    """Return what a frame holds with six significant digits."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return significant(value, 6) if isinstance(value, float) else value


@cache
def tabulated() -> dict[str, Any]:
    """Return what was recorded."""
    text = files("tokenworks.data").joinpath("cockpit_runs.json").read_text(encoding="utf-8")
    return json.loads(text)


@cache
def all_data() -> dict[str, Any]:
    """Return what the widget stands on: controls, recorded runs, missions, challenges, facts."""
    return {
        "seed": SEED,
        "fields": fields(),
        "base": BASE,
        "plain": Settings().to_dict(),  # what a script begins with
        "missions": [each.to_dict() for each in MISSIONS],
        "challenges": [each.to_dict() for each in CHALLENGES],
        **tabulated(),
    }


def facts() -> list[str]:
    """Return what a reader should know of the numbers."""
    on = Settings.from_dict(BASE)
    said = error_text(expected_error(model_spec(on.model)), on=chip(on.chip))
    return [
        "Of the batch, a cell is a request; of the KV cache, the same share of all blocks. A dot "
        "is a request, or several where many come. The dashboard looks back ten seconds; what "
        "waits is counted now. P99 of first tokens lies between two of them, as everywhere in this "
        "book; of gaps, which are many, it is one that occurred.",
        "Goodput counts answers with a first token within 0.5 s and 50 ms between tokens. Floor: "
        "what nothing beats, at the data sheet's rates. Expected: the sum of timed kernels and "
        f"messages, by which all runs here are timed; {said}.",
        f"Assumed: a replica that starts, or failed, is ready {plain(COLD_START_SECONDS)} s later; "
        f"speculation has {GUESSES} guesses of a draft a step, each right with a chance of "
        f"{plain(CHANCE)} if those before it are.",
        "Money is the rent of the chips that are up, divided by the tokens that came out: "
        f"{rent_for(on).basis}. Recorded runs are of {model_spec(on.model).label} on "
        f"{chip(on.chip).label}, chat with {plain(on.shared_prefix)} shared tokens before each "
        f"prompt, {UNTIL} seconds, seed {SEED}.",
    ]


def recorded_at(state: dict[str, Any]) -> dict[str, Any]:
    """Return the recorded run at some values of the grid; what was not recorded: ValueError."""
    run = tabulated()["runs"].get(key_of(state))
    if run is None:
        raise ValueError(
            f"{state['batching']} batching was not recorded with prefix caching: switch it off"
        )
    return run


def held_text(state: dict[str, Any]) -> str:
    """Return data and state as JSON that may stand in a page."""
    return json_text({"data": all_data(), "state": state})


class Cockpit(Stage):
    """The live widget; `state` holds the controls over which runs were recorded."""

    def grid(self) -> dict[str, Sequence[Any]]:
        """Return the values each control may take."""
        return dict(GRID)

    def held(self) -> str:
        """Return where the data are, which are too large for a notebook, and the state."""
        return NAMED + json_text({"": self._name, "state": self.state})[len('{"":') :]

    def fallback(self) -> str:
        """Return the dashboard of the recorded run."""
        board = recorded_at(self.state)["board"]
        told = ((label, board[name], text) for name, label, text in MEASURES)
        rows = [(label, "–" if one is None else text(one)) for label, one, text in told]
        return html_table(self._caption(), ("Of the last ten seconds", "Value"), rows)

    def _caption(self) -> str:
        on = Settings.from_dict({**BASE, **self.state})
        return (
            f"After {UNTIL} s: {label_of('model', on.model)} on {on.chips} × "
            f"{label_of('chip', on.chip)}, {on.batching} batching, {plain(on.rate)} requests a "
            "second"
        )


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
    state = chosen(controls, **{name: BASE[name] for name in GRID})
    widget = Cockpit(data=all_data(), state=state)
    recorded_at(state)
    return widget
