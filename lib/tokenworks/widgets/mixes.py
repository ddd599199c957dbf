"""Mixes of parallel devices that the strategy visualizer offers: what each is, holds and takes."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

from tokenworks.cost.chip_links import SERVER
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.expected_layouts import expected_layout
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.layouts import layout_cost
from tokenworks.cost.parallel_traffic import Layout
from tokenworks.number import Number
from tokenworks.specs import chip, model_spec
from tokenworks.widgets.kv_planner import ASSUMED

CHIP = chip("h100-sxm")
RUNTIME = ASSUMED["overhead_bytes"]
FORMATS = {
    "llama-3-8b": "bf16",
    "llama-3-70b": "bf16",
    "llama-3-405b": "fp8",
    "mixtral-8x7b": "bf16",
    "deepseek-v3": "fp8",
}
GRID: dict[str, tuple[Any, ...]] = {
    "model": tuple(FORMATS),
    "devices": (1, 2, 4, 8, 16, 32),
    "tensor": (1, 2, 4, 8, 16),
    "pipeline": (1, 2, 4, 8),
    "expert": (1, 2, 4, 8, 16, 32),
    "batch": (1, 8, 16, 32, 64, 128, 256, 512),
    "context_tokens": (1024, 4096, 8192, 32768),
}
AXES = ("tensor", "pipeline", "expert")


@cache
def deployment(model: str) -> Deployment:
    """Return a model in its format on one chip; a mix says on how many."""
    return Deployment(model_spec(model), CHIP, weights=FORMATS[model])


def stage_layers(on: Deployment, stages: int) -> int | str:
    """Return the layers of a stage, or why there are not so many stages."""
    layers = on.model.n_layers
    return f"{stages} stages do not divide {layers} layers" if layers % stages else layers // stages


def device_experts(on: Deployment, devices: int) -> int | str:
    """Return the experts of a device, 0 where they are not divided; or why they cannot be."""
    if devices == 1:
        return 0
    try:
        layout_cost(on, Layout(expert=devices), batch=devices, context_tokens=1)
    except ValueError as refused:
        return str(refused)
    return on.model.n_experts // devices


def layout_at(state: dict[str, Any]) -> Layout | str:
    """Return the mix of these controls: data takes the devices that are left; or why there is none.

    The reasons are looked for in one order, so that the browser gives the same one.
    """
    on = deployment(state["model"])
    tensor, pipeline, expert = (state[axis] for axis in AXES)
    for found in (stage_layers(on, pipeline), device_experts(on, expert)):
        if isinstance(found, str):
            return found
    if expert > 1 and pipeline > 1:
        return "whole experts beside stages are not tabulated"
    if expert > 1 and tensor > SERVER:
        return f"whole experts beside tensor groups over {SERVER} are not tabulated"
    copy, devices = tensor * pipeline * expert, state["devices"]
    if copy > devices:
        return f"a copy of the model takes {copy} devices, and there are {devices}"
    data = devices // copy
    groups = data * expert * pipeline
    if state["batch"] % groups:
        return f"a batch of {state['batch']} is too small to deal out in {groups} parts"
    return Layout(data=data, pipeline=pipeline, expert=expert, tensor=tensor)


def shown_at(state: dict[str, Any]) -> dict[str, Number | None]:
    """Return what the counters show: bytes of a device, seconds of a step.

    Seconds are None where the mix does not fit, and those to expect where nobody timed its
    messages. A mix that cannot be raises ValueError.
    """
    layout = layout_at(state)
    if isinstance(layout, str):
        raise ValueError(layout)
    on, batch, context = deployment(state["model"]), state["batch"], state["context_tokens"]
    cost = layout_cost(on, layout, batch=batch, context_tokens=context)
    left = cost.capacity_bytes - RUNTIME - cost.weight_bytes - cost.kv_bytes
    timed = layout.tensor * layout.expert <= SERVER
    expected = None
    if left >= 0 and timed:
        step = expected_layout(
            on, layout, batch=batch, context_tokens=context, constants=Constants.fitted()
        )
        expected = step.seconds
    return {
        "weights": cost.weight_bytes,
        "cache": cost.kv_bytes,
        "left": left,
        "sent": cost.sent_bytes,
        "floor": cost.step.floor if left >= 0 else None,
        "expected": expected,
    }


def mixes_of(state: dict[str, Any]) -> list[tuple[dict[str, Any], Layout]]:
    """Return every mix of the devices that can be, with its controls, in their order."""
    found = []
    for axes in product(*(GRID[axis] for axis in AXES)):
        one = state | dict(zip(AXES, axes, strict=True))
        layout = layout_at(one)
        if isinstance(layout, Layout):
            found.append((one, layout))
    return found
