"""SIM-03: a request's two phases on one time axis, and how busy each keeps the chips.

The axis and the meters are floors; beside them stands what to expect of the same request.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import cache
from typing import Any

from tokenworks import specs
from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import fit_slice
from tokenworks.cost.roofline import decode_operation, prefill_operation
from tokenworks.cost.step_kernels import decode_step, prefill_step
from tokenworks.cost.step_time import (
    compute_utilisation,
    decode_parts,
    decode_seconds,
    prefill_seconds,
)
from tokenworks.specs import Workload, model_spec
from tokenworks.validate.stated_error import error_text, expected_error
from tokenworks.widgets.kit import count_text, probability_text, ratio, seconds_text, significant
from tokenworks.widgets.stage import Stage, html_table

GRID: dict[str, tuple[Any, ...]] = {
    "model": ("llama-3-8b", "llama-3-70b", "llama-3-405b"),
    "chip": ("a100-80gb", "h100-sxm", "b200", "tpu-v5e"),
    "prompt_tokens": (128, 500, 2048, 8192, 32768),
    "output_tokens": (1, 50, 200, 800),
    "batch": (1, 8, 64, 512),
}
CELLS: tuple[str, ...] = (
    "chips",
    "prefill_seconds",
    "decode_seconds",
    "prefill_compute",
    "prefill_bandwidth",
    "decode_compute",
    "decode_bandwidth",
    "expected_prefill_seconds",
    "expected_decode_seconds",
)


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: labels, the grid, and one row for every setting."""
    return {
        "grid": {name: list(values) for name, values in GRID.items()},
        "cells": list(CELLS),
        "models": {name: model_spec(name).label for name in GRID["model"]},
        "chips": {name: specs.chip(name).label for name in GRID["chip"]},
        "errors": {name: _error(name) for name in GRID["chip"]},
        "rows": {m: {c: _rows(m, c) for c in GRID["chip"]} for m in GRID["model"]},
    }


def _error(chip: str) -> str:
    """Return the published error of what is expected; all models of the grid are of one class."""
    (error,) = {expected_error(model_spec(name)) for name in GRID["model"]}
    return error_text(error, on=specs.chip(chip))


def _rows(model: str, chip: str) -> list[list[list[list[float] | None]]]:
    prompts, outputs, batches = (GRID[n] for n in ("prompt_tokens", "output_tokens", "batch"))
    return [
        [[_row(model, chip, work=Workload(p, n, b)) for b in batches] for n in outputs]
        for p in prompts
    ]


@cache
def _row(model: str, chip: str, *, work: Workload) -> list[float] | None:
    """Return the cells of one setting to ten digits, or None where no number of chips holds it."""
    on = Deployment(model_spec(model), specs.chip(chip))
    context = work.prompt_tokens + work.output_tokens - 1
    try:
        chips = fit_slice(on, context_tokens=context, batch=work.batch)
    except ValueError:
        return None
    on = Deployment(on.model, on.chip, chips)
    first = prefill_operation(on, work.prompt_tokens, batch=work.batch)
    seconds = prefill_seconds(on, work.prompt_tokens, batch=work.batch)
    later, flops, moved = _decode_totals(on, work)
    cells = [chips, seconds, later]
    cells += _busy(on, seconds, moved=(first.flops, first.bytes))
    cells += _busy(on, later, moved=(flops, moved))
    cells += _expected_totals(on, work)
    return [significant(cell, 10) for cell in cells]


def _busy(on: Deployment, seconds: float, *, moved: tuple[float, float]) -> list[float]:
    if not seconds:
        return [0.0, 0.0]
    flops, size = moved
    return [
        compute_utilisation(flops, seconds, flops_per_s=on.flops_per_s),
        ratio(size, seconds * on.bytes_per_s),
    ]


def _decode_totals(on: Deployment, work: Workload) -> tuple[float, float, float]:
    """Return seconds, operations and bytes of all decode steps of a request together."""
    contexts = range(work.prompt_tokens + 1, work.prompt_tokens + work.output_tokens)
    if not contexts:
        return 0.0, 0.0, 0.0

    def reads_longer(context: int) -> bool:
        parts = decode_parts(on, context, batch=work.batch)
        return parts.weights + parts.kv >= parts.matmul + parts.attention

    def total(steps: range, quantity: Callable[[int], float]) -> float:
        """Add up what grows by the same amount in each step: the mean of its ends."""
        return len(steps) * (quantity(steps[0]) + quantity(steps[-1])) / 2 if steps else 0.0

    first = reads_longer(contexts[0])
    change = bisect_left(contexts, True, key=lambda context: reads_longer(context) != first)
    seconds = sum(
        total(steps, lambda context: decode_seconds(on, context, batch=work.batch))
        for steps in (contexts[:change], contexts[change:])  # one limit each
    )
    flops = total(contexts, lambda context: decode_operation(on, context, batch=work.batch).flops)
    moved = total(contexts, lambda context: decode_operation(on, context, batch=work.batch).bytes)
    return seconds, flops, moved


def _expected_totals(on: Deployment, work: Workload) -> tuple[float, float]:
    """Return what to expect of the prefill, and of all decode steps of a request together.

    A step grows by the same with each token of context, so the mean of its ends stands for all.
    """
    plan, fitted = engine_plan(on), Constants.fitted()
    first = prefill_step(plan, work.prompt_tokens, constants=fitted, prompts=work.batch)
    steps = work.output_tokens - 1
    middle = work.prompt_tokens + work.output_tokens / 2
    later = decode_step(plan, work.batch, middle, constants=fitted).expected_seconds
    return first.expected_seconds, steps * later


def shown_at(**state: Any) -> dict[str, float] | None:
    """Return the numbers on screen for these controls, or None where nothing holds the request."""
    work = Workload(state["prompt_tokens"], state["output_tokens"], state["batch"])
    row = _row(state["model"], state["chip"], work=work)
    if row is None:
        return None
    shown: dict[str, float] = dict(zip(CELLS, row, strict=True))
    shown["tpot_seconds"] = ratio(shown["decode_seconds"], work.output_tokens - 1)
    shown["total_seconds"] = shown["prefill_seconds"] + shown["decode_seconds"]
    first, later = (shown[f"expected_{phase}_seconds"] for phase in ("prefill", "decode"))
    shown["expected_tpot_seconds"] = ratio(later, work.output_tokens - 1)
    shown["expected_total_seconds"] = first + later
    return shown


class Phases(Stage):
    """The live widget; `state` holds model, chip, prompt_tokens, output_tokens and batch."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def shown(self) -> dict[str, Any]:
        """Return what the repr says."""
        return {"model": self.state["model"], "chip": self.state["chip"]}

    def fallback(self) -> str:
        """Return the two phases as two rows, or the reason why there are none."""
        state, data = self.state, tabulated()
        name = f"{data['models'][state['model']]} in bf16 on {data['chips'][state['chip']]}"
        request = (
            f"{count_text(state['prompt_tokens'])} prompt tokens, "
            f"{count_text(state['output_tokens'])} output tokens, batch {state['batch']}"
        )
        now = shown_at(**state)
        head = ("Phase", "Time, at least", "Time, expected", "Arithmetic used", "Bandwidth used")
        if now is None:
            return html_table(f"{name}: {request}; it does not fit", head, [])
        rows = [
            (
                f"{phase.capitalize()}, passes: {count_text(passes)}",
                seconds_text(now[f"{phase}_seconds"]),
                seconds_text(now[f"expected_{phase}_seconds"]),
                probability_text(now[f"{phase}_compute"]),
                probability_text(now[f"{phase}_bandwidth"]),
            )
            for phase, passes in (("prefill", 1), ("decode", state["output_tokens"] - 1))
        ]
        caption = (
            f"{name}, {count_text(now['chips'])} chips: {request}; first token expected after "
            f"{seconds_text(now['expected_prefill_seconds'])}, last after "
            f"{seconds_text(now['expected_total_seconds'])}; "
            f"of such times a token {data['errors'][state['chip']]}"
        )
        return html_table(caption, head, rows)


def phases(
    model: str = "llama-3-70b",
    chip: str = "a100-80gb",
    *,
    prompt_tokens: int = 500,
    output_tokens: int = 200,
    batch: int = 1,
) -> Phases:
    """Return SIM-03, the phase visualizer; every value must be on the recorded grid."""
    model_spec(model)  # an unknown name is refused with the closest ones, before the grid is
    return Phases(
        data=tabulated(),
        state={
            "model": model,
            "chip": chip,
            "prompt_tokens": prompt_tokens,
            "output_tokens": output_tokens,
            "batch": batch,
        },
    )
