"""SIM-04: the memory of the chips to scale, how many conversations fit, what to rent."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from tokenworks.accelerator import planned_memory
from tokenworks.architecture import ModelSpec
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import (
    activation_bytes,
    kv_bytes,
    kv_share,
    slice_chips,
    tensor_parallel_sizes,
    weight_bytes,
)
from tokenworks.cost.memory_budget import budget, fit_chips, max_batch
from tokenworks.number import Number
from tokenworks.specs import chip, model_spec, number_format
from tokenworks.widgets.kit import bytes_text, count_text
from tokenworks.widgets.stage import Stage, chosen, html_table

FILL = None  # as many conversations as fit
ASSUMED = {"overhead_bytes": 2e9, "fragmentation": 0.05}
PREFILL_TOKENS = 2048  # what one pass reads of a prompt
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
    "chip": (
        "a100-80gb",
        "h100-sxm",
        "h200-sxm",
        "b200",
        "rtx-4090",
        "rtx-5090",
        "tpu-v5e",
        "tpu-v6e",
    ),
    "weights": ("bf16", "fp8", "int8-g128", "int4-g128"),
    "kv": ("bf16", "fp8", "int8-head128", "int4-head128"),
    "chips": (1, 2, 4, 8, 16, 32, 64),
    "context_tokens": tuple(2**n for n in range(9, 18)),
    "wanted": (FILL, 1, 8, 16, 32, 64, 128, 256),
}


@cache
def tabulated(
    models: tuple[str, ...],
    chips: tuple[str, ...],
    weights: tuple[str, ...] = GRID["weights"],
) -> dict[str, Any]:
    """Return all that the browser looks up: weights, caches and memories in bytes."""
    formats = {name: number_format(name) for name in (*weights, *GRID["kv"])}
    specs = [model_spec(name) for name in models]
    sizes = {size for spec in specs for size in tensor_parallel_sizes(spec)}
    return {
        "models": {spec.name: _model_table(spec, weights) for spec in specs},
        "chips": {name: _chip_table(name, sorted(sizes)) for name in chips},
        "formats": {name: kind.label for name, kind in formats.items()},
        "grid": {name: list(values) for name, values in GRID.items()}
        | {"model": list(models), "chip": list(chips), "weights": list(weights)},
        "assumed": ASSUMED | {"prefill_tokens": PREFILL_TOKENS},
    }


def _chip_table(name: str, sizes: Sequence[int]) -> dict[str, Any]:
    """Tabulate one chip: its memory, and what is rented to have at least so many of it."""
    on = chip(name)
    rent = {str(size): slice_chips(size, on=on) for size in sizes}
    size, basis = planned_memory(on)
    return {"label": on.label, "bytes": size, "basis": basis, "sold": on.marketed, "rent": rent}


def _model_table(spec: ModelSpec, weights: Sequence[str]) -> dict[str, Any]:
    """Tabulate one model; `pieces` is over how many chips its cache divides, or why it cannot."""
    sizes = {name: number_format(name).bytes_per_value for name in (*weights, *GRID["kv"])}
    fit = tensor_parallel_sizes(spec)
    return {
        "label": spec.label,
        "limit": spec.context_tokens,
        "weights": {name: weight_bytes(spec, sizes[name]) for name in weights},
        "activations": {
            str(chips): activation_bytes(spec, PREFILL_TOKENS, tp=chips)
            for chips in sorted({*GRID["chips"], *fit})
        },
        "kv": {
            name: [kv_bytes(spec, n, bytes_per_value=sizes[name]) for n in GRID["context_tokens"]]
            for name in GRID["kv"]
        },
        "sizes": fit,
        "pieces": {str(chips): _pieces(spec, chips) for chips in sorted({*GRID["chips"], *fit})},
    }


def _pieces(spec: ModelSpec, chips: int) -> int | str:
    try:
        return round(1 / kv_share(spec, chips))
    except ValueError as refused:
        return str(refused)


def deployment(state: dict[str, Any], **changes: Any) -> Deployment:
    """Return what these controls describe; heads that cannot be sharded raise ValueError."""
    of = state | changes
    return Deployment(
        model_spec(of["model"]),
        chip(of["chip"]),
        of["chips"],
        weights=of["weights"],
        kv=of["kv"],
        overhead_bytes=ASSUMED["overhead_bytes"],
        fragmentation=ASSUMED["fragmentation"],
    )


def plan_at(state: dict[str, Any]) -> dict[str, Number]:
    """Return what all chips together hold at these controls: bytes, and conversations.

    `room` is how many conversations fit, `count` how many are drawn: the wanted ones, or those that
    fit. Heads that cannot be sharded raise ValueError.
    """
    on, context = deployment(state), state["context_tokens"]
    room = max_batch(on, context, prefill_tokens=PREFILL_TOKENS)
    count = room if state["wanted"] is FILL else state["wanted"]
    held = budget(on, context_tokens=context, batch=max(1, count), prefill_tokens=PREFILL_TOKENS)
    one, all_chips = held.kv_bytes / max(1, count), on.chips
    free = held.free_bytes + (max(1, count) - count) * one
    return {
        "capacity": all_chips * held.capacity_bytes,
        "weights": all_chips * held.weight_bytes,
        "runtime": all_chips * (held.overhead_bytes + held.activation_bytes),
        "unusable": all_chips * held.fragmentation_bytes,
        "cache_room": all_chips * max(0, held.free_bytes + held.kv_bytes),
        "one": all_chips * one,
        "caches": count * all_chips * one,
        "free": all_chips * free,
        "room": room,
        "count": count,
    }


def needed_chips(state: dict[str, Any], name: str) -> tuple[int, int] | None:
    """Return how many of a chip hold the wanted conversations, and how many are rented for it."""
    batch = state["wanted"] or 1
    try:
        fit = fit_chips(
            deployment(state, chip=name, chips=1),
            prefill_tokens=PREFILL_TOKENS,
            context_tokens=state["context_tokens"],
            batch=batch,
        )
    except ValueError:
        return None
    return fit, slice_chips(fit, on=chip(name))


class KvPlanner(Stage):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return how many conversations fit at each context."""
        state, data = self.state, self.data
        model, on = data["models"][state["model"]], data["chips"][state["chip"]]
        weights, kv = (data["formats"][state[name]] for name in ("weights", "kv"))
        caption = (
            f"{model['label']} on {state['chips']} × {on['label']}, "
            f"{bytes_text(state['chips'] * on['bytes'])} {on['basis']}, "
            f"weights {weights}, cache {kv}; less {bytes_text(ASSUMED['overhead_bytes'])} for each "
            f"runtime, activations of {PREFILL_TOKENS:,} tokens, and "
            f"{ASSUMED['fragmentation']:.0%} of the rest"
        )
        head = ("Context", "One conversation", "Fit at once", "Left over")
        pieces = model["pieces"][str(state["chips"])]
        if isinstance(pieces, str):
            return html_table(f"{caption}: {pieces}", head, [])
        rows = [self._row(state | {"context_tokens": n}) for n in GRID["context_tokens"]]
        return html_table(caption, head, rows)

    def _row(self, state: dict[str, Any]) -> tuple[str, ...]:
        plan = plan_at(state | {"wanted": FILL})
        tokens = f"{count_text(state['context_tokens'])} tokens"
        return (tokens, bytes_text(plan["one"]), count_text(plan["room"]), left_text(plan["free"]))


def left_text(free: Number) -> str:
    """Return what is left, or what is missing."""
    return bytes_text(free) if free >= 0 else f"{bytes_text(-free)} missing"


def kv_planner(
    model: str = "llama-3-70b",
    chip: str = "a100-80gb",
    chips: int = 2,
    *,
    length_only: bool = False,
    **controls: Any,
) -> KvPlanner:
    """Return SIM-04, the planner of the KV cache; values must be on the recorded grid.

    `controls`: weights, kv, context_tokens, and `wanted` conversations (None for as many as fit).
    `length_only` leaves one control, the context, and as many conversations as fit.
    """
    model_spec(model)  # an unknown name is refused with the closest ones, before the grid is
    shown = chosen(
        controls,
        weights="bf16",
        kv="bf16",
        context_tokens=4096,
        wanted=FILL if length_only else 32,
    )
    state = {"model": model, "chip": chip, "chips": chips, **shown}
    if length_only:
        data = tabulated((model,), (chip,)) if chip in GRID["chip"] else {}
        return KvPlanner(data=data | {"length_only": True}, state=state)
    return KvPlanner(data=tabulated(GRID["model"], GRID["chip"]), state=state)
