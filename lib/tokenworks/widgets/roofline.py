"""The roofline explorer: an operation of inference under the roof of a chip, batch by batch.

Where a chip's matrix products were timed, all of them stand under the roof, and the chosen one
beside its floor.

A table has a line for each context and a place in it for each batch; for one weight matrix, a line
for each matrix and a place for each number of tokens. A floor is a quotient of two numbers of such
a table and of the chip: bytes over bandwidth in the first places of a line, operations over the
rate in the others. `turns` holds how many are memory-bound.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from tokenworks import specs
from tokenworks.accelerator import Chip
from tokenworks.cost.memory import min_chips, weight_bytes
from tokenworks.cost.operations import CHOICES, PRECISIONS, chip_rates, explore, operation_at
from tokenworks.cost.product_times import timed_products
from tokenworks.cost.roofline import Operation, regime, ridge_intensity
from tokenworks.data.silicon import LICENCE
from tokenworks.number import Number
from tokenworks.specs import model_spec, number_format
from tokenworks.units import show_as
from tokenworks.widgets.kit import (
    bytes_text,
    count_text,
    probability_text,
    ratio,
    seconds_text,
    significant,
)
from tokenworks.widgets.stage import Stage, chosen, html_table
from tokenworks.widgets.timed_matrices import MATRICES, TOKENS, measured

GRID: dict[str, tuple[Any, ...]] = {
    "operation": tuple(CHOICES),
    "chip": ("h100-sxm", "a100-80gb", "b200", "mi300x", "rtx-4090", "tpu-v5e", "epyc-9654"),
    "precision": tuple(PRECISIONS),
    "batch": (1, 8, 32, 64, 128, 256, 512, 1024),
    "context_tokens": (512, 2048, 4096, 8192, 32_768, 131_072),
    "matrix": tuple(MATRICES),
    "tokens": TOKENS,
}
FRAMEWORKS = {"vllm": "vLLM", "trtllm": "TensorRT-LLM"}  # the servers whose kernels were timed
SIZES = {True: ("matrix", "tokens"), False: ("context_tokens", "batch")}  # line and place


def explored(**state: Any) -> dict[str, float]:
    """Return what the explorer shows at these controls; a precision the chip lacks raises.

    One weight matrix looks at `matrix` and `tokens`, all else at `batch` and `context_tokens`.
    Where somebody timed it there are `measured`, and `of_floor`: the share of that which the floor
    is.
    """
    operation, precision = state["operation"], state["precision"]
    line, place = (state[name] for name in SIZES[operation == "matmul"])
    rates = chip_rates(specs.chip(state["chip"]), precision)
    found = explore(_operation(operation, precision, line=line, place=place), **rates)
    single = operation == "matmul"
    took = measured(state["chip"], precision).get((line, place)) if single else None
    return found | ({"measured": took, "of_floor": ratio(found["seconds"], took)} if took else {})


def _operation(name: str, precision: str, *, line: Any, place: int) -> Operation:
    if name != "matmul":
        return operation_at(name, precision, batch=place, context_tokens=line)
    one = MATRICES[line]
    return operation_at(name, precision, batch=place, d_in=one.d_in, d_out=one.d_out)


def _lines(name: str, precision: str) -> list[list[Operation]]:
    lines, places = (GRID[size] for size in SIZES[name == "matmul"])
    return [[_operation(name, precision, line=one, place=at) for at in places] for one in lines]


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up; eight digits of every number, all that is measured."""
    return {
        "operations": {name: _operation_table(name) for name in CHOICES},
        "chips": {name: _chip_table(specs.chip(name)) for name in GRID["chip"]},
        "precisions": {name: one.label for name, one in PRECISIONS.items()},
        "matrices": {name: matrix.label for name, matrix in MATRICES.items()},
        "licence": LICENCE,
        "grid": {name: list(values) for name, values in GRID.items()},
    }


def _eight(value: Number) -> Number:
    short = significant(value, 8)
    return int(short) if short.is_integer() and short < 1e7 else short


def _operation_table(name: str) -> dict[str, Any]:
    choice = CHOICES[name]
    table: dict[str, Any] = {"label": choice.label, "note": choice.note}
    table["flops"] = [[_eight(one.flops) for one in line] for line in _lines(name, "bf16")]
    table["bytes"] = {
        p: [[_eight(one.bytes) for one in line] for line in _lines(name, p)] for p in PRECISIONS
    }
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
        ridge = ridge_intensity(**rates)
        table["precisions"][name] = rates | {
            "ridge": ridge,
            "holds": {
                key: min_chips(_held(one.model, name), on.planned_bytes)
                for key, one in CHOICES.items()
                if one.model
            },
            "turns": {key: _turns(_lines(key, name), ridge) for key in CHOICES},
        }
        if took := measured(on.name, name):
            rows = [[took.get((matrix, tokens)) for tokens in TOKENS] for matrix in MATRICES]
            by = timed_products(on.name, name)[0].timed.framework
            table["precisions"][name] |= {"measured": rows, "by": FRAMEWORKS[by]}
    return table


def _turns(lines: list[list[Operation]], ridge: float) -> list[int]:
    """Return how many places of each line are memory-bound; those come first."""
    return [sum(regime(one.intensity, ridge) == "memory-bound" for one in line) for line in lines]


class Roofline(Stage):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return the matrix at every number of tokens, or every operation at batch and context."""
        state = self.state
        on = f"{specs.chip(state['chip']).label}, {PRECISIONS[state['precision']].label}"
        if state["operation"] == "matmul":
            caption = f"{on}, {MATRICES[state['matrix']].label}. {LICENCE}"
            head = ("Tokens", "Intensity", "Floor", "Measured", "Floor / measured")
            return html_table(caption, head, [_timed(state | {"tokens": n}) for n in TOKENS])
        context = f"context {count_text(state['context_tokens'])} tokens"
        ridge = _intensity_text(explored(**state)["ridge"])
        caption = f"{on}, batch {state['batch']}, {context}: ridge {ridge}. "
        caption += "Floors of one chip, as if the model fitted"
        head = ("Operation", "FLOP", "Bytes", "Intensity", "Regime", "Floor")
        return html_table(caption, head, [_row(state | {"operation": key}) for key in CHOICES])


def _intensity_text(intensity: Number) -> str:
    return show_as(intensity, "flops_per_byte")


def _row(state: dict[str, Any]) -> tuple[str, ...]:
    found, label = explored(**state), CHOICES[state["operation"]].label
    if state["operation"] == "matmul":
        label += f", {MATRICES[state['matrix']].label}, {count_text(state['tokens'])} tokens"
    return (
        label,
        show_as(found["flops"], "flops"),
        bytes_text(found["bytes"]),
        _intensity_text(found["intensity"]),
        regime(found["intensity"], found["ridge"]),
        seconds_text(found["seconds"]),
    )


def _timed(state: dict[str, Any]) -> tuple[str, ...]:
    found = explored(**state)
    return (
        count_text(state["tokens"]),
        _intensity_text(found["intensity"]),
        seconds_text(found["seconds"]),
        seconds_text(found["measured"]) if "measured" in found else "not timed",
        probability_text(found["of_floor"]) if "measured" in found else "–",
    )


def roofline_explorer(
    operation: str = "decode-70b", chip: str = "h100-sxm", **controls: Any
) -> Roofline:
    """Return the explorer; controls: precision, batch, context_tokens, matrix, tokens."""
    shown = chosen(
        controls,
        precision="bf16",
        batch=32,
        context_tokens=4096,
        matrix="7168x8192",
        tokens=256,
    )
    widget = Roofline(data=tabulated(), state={"operation": operation, "chip": chip, **shown})
    explored(**widget.state)  # a precision that the chip lacks is refused here
    return widget
