"""Chosen runs as they were: what a page shows where no Python runs.

`recorded()` is `{"base": settings, "grid": {field: values}, "until": 60, "runs": {key: run},
"missions": […], "challenges": […], "fields": {field: {"label", "choices": [[value, label]]}},
"facts": {…}}`. A run's key is the JSON text of the grid's values, in its order, with | between. A
run is its last dashboard (`board`), `series` of thirty dashboards, and its `last` frame without the
dashboard; numbers have six digits. `at` are the seconds of the series.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from tokenworks.cockpit.challenges import CHALLENGES
from tokenworks.cockpit.driven import Cockpit
from tokenworks.cockpit.frames import frame
from tokenworks.cockpit.labels import FIELDS, choices, facts_of
from tokenworks.cockpit.missions import MISSIONS
from tokenworks.cockpit.script import Script
from tokenworks.cockpit.settings import Settings

BASE = Settings(shared_prefix=2000)
UNTIL, EVERY = 60.0, 2.0
GRID: dict[str, tuple[Any, ...]] = {
    "rate": (5.0, 10.0, 20.0, 40.0),
    "model": ("llama-3-8b", "llama-3-70b"),
    "chips": (1, 4, 8),
    "chips_per_replica": (1, 4),
    "weights": ("bf16", "int8"),
    "batching": ("static", "dynamic", "continuous"),
    "prefix_caching": (False, True),
    "speculation": (False, True),
}
COPIES = {"llama-3-8b": 1, "llama-3-70b": 4}  # chips of a replica, of each model
SERIES = ("output_tokens_per_s", "ttft_p50", "ttft_p99", "itl_mean", "queue", "kv_share", "goodput")


def configurations() -> Iterator[tuple[str, Settings]]:
    """Yield the key and the settings of each run that can be, in order."""
    for values in product(*GRID.values()):
        named = dict(zip(GRID, values, strict=True))
        if COPIES[named["model"]] != named["chips_per_replica"]:
            continue
        try:
            settings = BASE.but(**named)
        except ValueError:
            continue
        yield "|".join(map(json.dumps, values)), settings


def summary(settings: Settings) -> dict[str, Any]:
    """Return one run as it is recorded.

    Source: derived: a cockpit run of 60 seconds with seed 0.
    """
    run = Cockpit(Script.of(settings))
    series: dict[str, list[Any]] = {name: [] for name in SERIES}
    for number in range(1, round(UNTIL / EVERY) + 1):
        run.run_to(number * EVERY)
        for name in SERIES:
            series[name].append(thin((run.board or {})[name]))
    last = frame(run, UNTIL)
    board = last.pop("board")
    return {"board": thin(board), "series": series, "last": last}


def thin(value: Any) -> Any:
    """Return a number with six digits, a mapping of such, or what else it is."""
    if isinstance(value, Mapping):
        return {name: thin(each) for name, each in value.items()}
    return float(f"{value:.6g}") if isinstance(value, float) else value


def head() -> dict[str, Any]:
    """Return all of the recorded form but its runs."""
    return {
        "base": BASE.to_dict(),
        "grid": {name: list(values) for name, values in GRID.items()},
        "until": UNTIL,
        "at": [number * EVERY for number in range(1, round(UNTIL / EVERY) + 1)],
        "missions": [each.to_dict() for each in MISSIONS],
        "challenges": [each.to_dict() for each in CHALLENGES],
        "fields": {f: {"label": name, "choices": choices(f)} for f, name in FIELDS.items()},
        "facts": facts_of(BASE),
    }


def recorded() -> dict[str, Any]:
    """Return the whole recorded form; this takes minutes."""
    return {**head(), "runs": {key: summary(settings) for key, settings in configurations()}}
