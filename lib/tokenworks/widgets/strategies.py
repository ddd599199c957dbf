"""SIM-13: a model divided by tensor, pipeline, expert and data: devices, messages, a step's time.

What is tabulated is of one row (a sequence in a micro-batch) where it grows with their number, and
of each number of rows where it does not; the browser multiplies and adds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

from tokenworks.cost.chip_links import SERVER
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.expected_layouts import ExpectedLayout, expected_layout
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.layouts import LayoutCost, layout_cost, layout_name
from tokenworks.cost.memory import kv_share
from tokenworks.cost.parallel_traffic import Layout
from tokenworks.cost.step_time import decode_parts
from tokenworks.specs import model_spec
from tokenworks.validate.stated_error import error_text, expected_error
from tokenworks.widgets.kit import bytes_text, count_text, seconds_text, significant
from tokenworks.widgets.mixes import (
    CHIP,
    FORMATS,
    GRID,
    RUNTIME,
    deployment,
    device_experts,
    mixes_of,
    shown_at,
    stage_layers,
)
from tokenworks.widgets.stage import Stage, chosen, html_table

ROWS = tuple(2**n for n in range(10))  # sequences of a micro-batch


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up."""
    return {
        "models": {name: _model_table(name) for name in FORMATS},
        "chip": CHIP.label,
        "capacity": CHIP.planned_bytes,
        "runtime": RUNTIME,
        "server": SERVER,
        "rows": list(ROWS),
        "grid": {name: list(values) for name, values in GRID.items()},
    }


def _model_table(name: str) -> dict[str, Any]:
    on = deployment(name)
    one, spec = _cost(on), on.model
    trips = {f"{t} {e}": _cost(on, tensor=t, expert=e) for t, e in _spreads(name)}
    sums = {str(t): _cost(on, tensor=t) for t in GRID["tensor"]}
    stages = {p: stage_layers(on, p) for p in GRID["pipeline"]}
    return {
        "label": spec.label,
        "format": on.weights.upper() if on.weights == "fp8" else on.weights,
        "limit": spec.context_tokens,
        "layers": {str(p): layers for p, layers in stages.items()},
        "experts": {str(e): device_experts(on, e) for e in GRID["expert"]},
        "copies": {str(t): _copies(on, t) for t in GRID["tensor"]},
        "weights": {key: cost.weight_bytes for key, cost in trips.items()},
        "kv": {
            str(t): [_cost(on, context=n, tensor=t).kv_bytes for n in GRID["context_tokens"]]
            for t in GRID["tensor"]
        },
        "message": one.sum_bytes,
        "times": 2 * spec.n_layers,
        "summed": {t: [cost.sent_bytes, cost.step.sums] for t, cost in sums.items()},
        "handed": {
            f"{t} {p}": _handed(_cost(on, tensor=t, pipeline=p), sums[str(t)])
            for t, p in product(GRID["tensor"], GRID["pipeline"])
            if not isinstance(stages[p], str)
        },
        "trips": {
            key: [cost.trips, cost.trip_bytes, cost.step.dispatches] for key, cost in trips.items()
        },
        "steps": {f"{t} {e}": _steps(on, t, e) for t, e in _spreads(name)},
        "error": error_text(expected_error(spec), on=CHIP, model=spec),
    }


def _cost(on: Deployment, *, batch: int = 0, context: int = 4096, **axes: int) -> LayoutCost:
    """Return a mix; without a batch its groups have one sequence each."""
    layout = Layout(**axes)
    least = layout.data * layout.expert * layout.pipeline
    return layout_cost(on, layout, batch=batch or least, context_tokens=context)


def _spreads(name: str) -> Iterator[tuple[int, int]]:
    """Yield the numbers of tensor and expert parallel devices that go together."""
    for tensor, expert in product(GRID["tensor"], GRID["expert"]):
        if not isinstance(device_experts(deployment(name), expert), str) and _both(tensor, expert):
            yield tensor, expert


def _both(tensor: int, expert: int) -> bool:
    return expert == 1 or (tensor <= SERVER and tensor * expert <= GRID["devices"][-1])


def _handed(staged: LayoutCost, whole: LayoutCost) -> list[float]:
    """Return what a device hands on for a row in a step, and how long all hand-overs take."""
    return [staged.sent_bytes - whole.sent_bytes, staged.step.hand_overs]


def _steps(on: Deployment, tensor: int, expert: int) -> dict[str, Any]:
    """Tabulate the floors of reading and multiplying, and what to expect, by rows and context."""
    contexts = GRID["context_tokens"]
    group = replace(on, chips=tensor)

    def step_of(rows: int, context: int) -> Any:
        batch = rows * expert
        return _cost(on, batch=batch, context=context, tensor=tensor, expert=expert).step

    parts = [[step_of(n, c) for n in ROWS] for c in contexts]
    table: dict[str, Any] = {
        "reading": [[significant(step.reading, 7) for step in line] for line in parts],
        "multiplying": [significant(line[0].multiplying, 7) for line in parts],
    }
    table["caches"] = [significant(decode_parts(group, c).kv, 7) for c in contexts]  # of reading
    if tensor * expert <= SERVER:
        layout = Layout(tensor=tensor, expert=expert)
        found = [[_expected(on, layout, n, context=c) for n in ROWS] for c in contexts]
        table["kernels"] = [[significant(each.multiplying, 7) for each in line] for line in found]
        table["messages"] = [significant(each.messages, 7) for each in found[0]]
        table["others"] = [significant(each.others, 7) for each in found[0]]
    return table


def _expected(on: Deployment, layout: Layout, rows: int, *, context: int) -> ExpectedLayout:
    batch, fitted = rows * layout.expert, Constants.fitted()
    return expected_layout(on, layout, batch=batch, context_tokens=context, constants=fitted)


def _copies(on: Deployment, tensor: int) -> int:
    """Return how many devices hold one and the same part of the cache."""
    return round(kv_share(on.model, tensor) * tensor)


class Strategies(Stage):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return every mix of the devices: what each holds, and what a step takes."""
        state, model = self.state, self.data["models"][self.state["model"]]
        caption = (
            f"{model['label']}, weights in {model['format']}, on {state['devices']} × "
            f"{CHIP.label}: {count_text(state['batch'])} sequences of "
            f"{count_text(state['context_tokens'])} tokens, every mix that divides them"
        )
        head = ("Mix", "Weights of a device", "Its cache", "Floor of a step", "Expected")
        return html_table(caption, head, [_row(*mix) for mix in mixes_of(state)])


def _row(state: dict[str, Any], layout: Layout) -> tuple[str, ...]:
    shown = shown_at(state)
    held = (bytes_text(shown["weights"] or 0), bytes_text(shown["cache"] or 0))
    if shown["floor"] is None:
        return (layout_name(layout), *held, "does not fit", "–")
    expected = shown["expected"]
    later = "not timed" if expected is None else seconds_text(expected)
    return (layout_name(layout), *held, seconds_text(shown["floor"]), later)


def strategies(model: str = "llama-3-70b", devices: int = 8, **controls: Any) -> Strategies:
    """Return SIM-13, the strategy visualizer; every value must be on the recorded grid.

    `controls`: tensor, pipeline and expert (how many devices share a matrix, the layers, the
    experts; data takes those that are left), batch, context_tokens.
    """
    model_spec(model)  # an unknown name is refused with the closest ones, before the grid is
    others = chosen(controls, tensor=8, pipeline=1, expert=1, batch=64, context_tokens=4096)
    state = {"model": model, "devices": devices} | others
    return Strategies(data=tabulated(), state=state)
