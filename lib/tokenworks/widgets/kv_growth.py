"""SIM-04: one chip's memory fills up as the context grows: weights, cache, and what is left."""

from __future__ import annotations

from functools import cache
from typing import Any

from tokenworks.architecture import ModelSpec
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import kv_bytes, kv_share, weight_bytes
from tokenworks.cost.memory_budget import budget
from tokenworks.number import Number
from tokenworks.specs import chip, model_spec, number_format
from tokenworks.widgets.kit import bytes_text, count_text
from tokenworks.widgets.stage import Stage, chosen, html_table

GRID: dict[str, tuple[Any, ...]] = {
    "model": (
        "llama-3-8b",
        "llama-3-70b",
        "llama-3-405b",
        "llama-2-7b",
        "llama-2-70b",
        "deepseek-v3",
        "gemma-3-27b",
        "gpt-oss-120b",
        "smollm2-135m",
    ),
    "chip": ("a100-80gb", "h100-sxm", "h200-sxm", "b200", "rtx-4090", "tpu-v5e", "tpu-v6e"),
    "weights": ("bf16", "fp8", "int4-g128"),
    "kv": ("bf16", "fp8", "int4-head128"),
    "chips": (1, 2, 4, 8, 16),
    "batch": (1, 4, 16, 32, 64, 128, 256),
    "context_tokens": tuple(2**n for n in range(10, 18)),
}


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: caches, weights and memories in bytes."""
    formats = {name: number_format(name) for name in (*GRID["weights"], *GRID["kv"])}
    return {
        "models": {name: _model_table(model_spec(name)) for name in GRID["model"]},
        "chips": {
            name: {"label": chip(name).label, "bytes": chip(name).hbm_bytes}
            for name in GRID["chip"]
        },
        "formats": {name: kind.label for name, kind in formats.items()},
        "grid": {name: list(values) for name, values in GRID.items()},
    }


def _model_table(spec: ModelSpec) -> dict[str, Any]:
    """Tabulate one model; `pieces` is over how many chips its cache divides, or why it cannot."""
    sizes = {name: number_format(name).bytes_per_value for name in (*GRID["weights"], *GRID["kv"])}
    contexts = GRID["context_tokens"]
    return {
        "label": spec.label,
        "limit": spec.context_tokens,
        "weights": {name: weight_bytes(spec, sizes[name]) for name in GRID["weights"]},
        "kv": {
            name: [
                [batch * kv_bytes(spec, n, bytes_per_value=sizes[name]) for n in contexts]
                for batch in GRID["batch"]
            ]
            for name in GRID["kv"]
        },
        "pieces": {str(chips): _pieces(spec, chips) for chips in GRID["chips"]},
    }


def _pieces(spec: ModelSpec, chips: int) -> int | str:
    try:
        return round(1 / kv_share(spec, chips))
    except ValueError as refused:
        return str(refused)


def memory_at(**state: Any) -> dict[str, Number]:
    """Return what one chip holds at these controls, in bytes; heads that do not divide raise."""
    spec = model_spec(state["model"])
    on = Deployment(
        spec, chip(state["chip"]), state["chips"], weights=state["weights"], kv=state["kv"]
    )
    held = budget(on, context_tokens=state["context_tokens"], batch=state["batch"])
    one = kv_bytes(spec, state["context_tokens"], bytes_per_value=on.bytes_per_value)
    return {
        "sequence": one,
        "all": state["batch"] * one,
        "weights": held.weight_bytes,
        "kv": held.kv_bytes,
        "free": held.free_bytes,
    }


class KvGrowth(Stage):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return what one chip holds at each context."""
        state, data = self.state, tabulated()
        model, on = data["models"][state["model"]], data["chips"][state["chip"]]
        caption = (
            f"{model['label']}, weights {data['formats'][state['weights']]}, cache "
            f"{data['formats'][state['kv']]}, {state['batch']} texts at once, on each of "
            f"{state['chips']} × {on['label']} with {bytes_text(on['bytes'])}"
        )
        head = ("Context", "Cache of one text", "Weights a chip", "Cache a chip", "Left a chip")
        pieces = model["pieces"][str(state["chips"])]
        if isinstance(pieces, str):
            return html_table(f"{caption}: {pieces}", head, [])
        rows = [self._row(state | {"context_tokens": n}) for n in GRID["context_tokens"]]
        return html_table(caption, head, rows)

    def _row(self, state: dict[str, Any]) -> tuple[str, ...]:
        held = memory_at(**state)
        cells = [bytes_text(held[key]) for key in ("sequence", "weights", "kv")]
        return (f"{count_text(state['context_tokens'])} tokens", *cells, left_text(held["free"]))


def left_text(free: Number) -> str:
    """Return what is left, or what is missing."""
    return bytes_text(free) if free >= 0 else f"{bytes_text(-free)} over"


def kv_growth(
    model: str = "llama-3-70b", chip: str = "a100-80gb", chips: int = 2, **controls: Any
) -> KvGrowth:
    """Return SIM-04, the growth of the KV cache; every value must be on the recorded grid.

    `controls`: weights, kv, batch, context_tokens.
    """
    model_spec(model)  # an unknown name is refused with the closest ones, before the grid is
    shown = chosen(controls, weights="bf16", kv="bf16", batch=32, context_tokens=4096)
    return KvGrowth(data=tabulated(), state={"model": model, "chip": chip, "chips": chips, **shown})
