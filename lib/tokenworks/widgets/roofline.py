"""The roofline explorer: an operation of inference under the roof of a chip, batch by batch."""

from __future__ import annotations

from functools import cache
from typing import Any

from tokenworks import specs
from tokenworks.accelerator import Chip
from tokenworks.cost.memory import min_chips, weight_bytes
from tokenworks.cost.operations import CHOICES, PRECISIONS, chip_rates, explore, operation_at
from tokenworks.cost.roofline import operation_seconds, regime, ridge_intensity
from tokenworks.number import Number
from tokenworks.specs import model_spec, number_format
from tokenworks.units import show_as
from tokenworks.widgets.kit import bytes_text, count_text, seconds_text, significant
from tokenworks.widgets.stage import Stage, chosen, html_table

GRID: dict[str, tuple[Any, ...]] = {
    "operation": tuple(CHOICES),
    "chip": ("h100-sxm", "a100-80gb", "b200", "mi300x", "rtx-4090", "tpu-v5e", "epyc-9654"),
    "precision": tuple(PRECISIONS),
    "batch": (1, 8, 32, 64, 128, 256, 512, 1024),
    "context_tokens": (512, 2048, 4096, 8192, 32_768, 131_072),
}


def explored(**state: Any) -> dict[str, float]:
    """Return what the explorer shows at these controls; a precision the chip lacks raises."""
    rates = chip_rates(specs.chip(state["chip"]), state["precision"])
    operation = operation_at(
        state["operation"],
        state["precision"],
        batch=state["batch"],
        context_tokens=state["context_tokens"],
    )
    return explore(operation, **rates)


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up; eight digits of every number."""
    return {
        "operations": {name: _operation_table(name) for name in CHOICES},
        "chips": {name: _chip_table(specs.chip(name)) for name in GRID["chip"]},
        "precisions": {name: one.label for name, one in PRECISIONS.items()},
        "grid": {name: list(values) for name, values in GRID.items()},
    }


def _eight(value: Number) -> Number:
    short = significant(value, 8)
    return int(short) if short.is_integer() and short < 1e7 else short


def _over_grid(operation: str, precision: str, wanted: Any) -> list[list[Number]]:
    contexts = GRID["context_tokens"][: 1 if operation == "matmul" else None]
    return [
        [
            _eight(wanted(operation_at(operation, precision, batch=b, context_tokens=c)))
            for c in contexts
        ]
        for b in GRID["batch"]
    ]


def _operation_table(name: str) -> dict[str, Any]:
    choice = CHOICES[name]
    table: dict[str, Any] = {"label": choice.label, "note": choice.note}
    table["flops"] = _over_grid(name, "bf16", lambda found: found.flops)
    table["bytes"] = {p: _over_grid(name, p, lambda found: found.bytes) for p in PRECISIONS}
    table["bytes"] |= {"int8": "fp8"}  # as wide
    if choice.model:
        spec = model_spec(choice.model)
        table |= {"model": spec.label, "limit": spec.context_tokens}
        table["weights"] = {p: _held(choice.model, p) for p in PRECISIONS}
    return table


def _held(model: str, precision: str) -> float:
    size = number_format(PRECISIONS[precision].weights).bytes_per_value
    return weight_bytes(model_spec(model), size)


def _chip_table(on: Chip) -> dict[str, Any]:
    table: dict[str, Any] = {"label": on.label, "memory": on.planned_bytes, "precisions": {}}
    for name in PRECISIONS:
        try:
            rates = chip_rates(on, name)
        except ValueError as lacking:
            table["precisions"][name] = str(lacking)
            continue
        table["precisions"][name] = rates | {
            "ridge": ridge_intensity(**rates),
            "holds": {
                key: min_chips(_held(one.model, name), on.planned_bytes)
                for key, one in CHOICES.items()
                if one.model
            },
            "seconds": _seconds(rates, name),
        }
    if on.fp8_flops_per_s and on.fp8_flops_per_s == on.int8_ops_per_s:
        table["precisions"]["int8"]["seconds"] = "fp8"  # as fast
    return table


def _seconds(rates: dict[str, float], precision: str) -> dict[str, Any]:
    return {
        name: _over_grid(name, precision, lambda found: operation_seconds(found, **rates))
        for name in CHOICES
    }


class Roofline(Stage):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return every operation at the chip, precision, batch and context of the state."""
        state = self.state
        on = specs.chip(state["chip"])
        ridge = explored(**state)["ridge"]
        caption = (
            f"{on.label}, {PRECISIONS[state['precision']].label}, batch {state['batch']}, context "
            f"{count_text(state['context_tokens'])} tokens: ridge {_intensity_text(ridge)}. "
            "Times of one chip, as if the model fitted"
        )
        head = ("Operation", "FLOP", "Bytes", "Intensity", "Regime", "Time, at least")
        return html_table(caption, head, [_row(state | {"operation": key}) for key in CHOICES])


def _intensity_text(intensity: Number) -> str:
    return show_as(intensity, "flops_per_byte")


def _row(state: dict[str, Any]) -> tuple[str, ...]:
    found = explored(**state)
    return (
        CHOICES[state["operation"]].label,
        show_as(found["flops"], "flops"),
        bytes_text(found["bytes"]),
        _intensity_text(found["intensity"]),
        regime(found["intensity"], found["ridge"]),
        seconds_text(found["seconds"]),
    )


def roofline_explorer(
    operation: str = "decode-70b", chip: str = "h100-sxm", **controls: Any
) -> Roofline:
    """Return the explorer; controls: precision, batch and context_tokens, each on the grid."""
    shown = chosen(controls, precision="bf16", batch=32, context_tokens=4096)
    widget = Roofline(data=tabulated(), state={"operation": operation, "chip": chip, **shown})
    explored(**widget.state)  # a precision that the chip lacks is refused here
    return widget
