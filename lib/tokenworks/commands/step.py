"""`tokenworks step`: the kernels of one step, each with its floor and what to expect of it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from tokenworks.commands.answer import without_points
from tokenworks.commands.arguments import add_model, beyond_the_limit, model_of, positive
from tokenworks.cost.checkpoints import EVERYWHERE, served_plan
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.serving_plan import CACHE_FORMATS, MATRIX_LIBRARIES, ServingPlan
from tokenworks.cost.step_kernels import Step, decode_step, prefill_step
from tokenworks.printed_table import table
from tokenworks.specs import chip_named

HELP = """examples:
  tokenworks step --model llama-3-70b --chip h100 --chips 4 --weights fp8 --batch 32 --context 4096
  tokenworks step --model glm-5 --chip b200 --chips 8 --context 4096 --prompt 8192 --json

The floor of a kernel is what nothing beats: its bytes or its FLOPs at the data sheet's rates.
Expected is by constants that were fitted to timed kernels; a chip that nobody timed takes the
twelve of the card, and a note says so. Sampling on the host and queueing are not in a step."""


def add_step(command: Callable[..., Any]) -> None:
    """Add the command; `command` makes one."""
    sub = command("step", "a step's time by kernel: floor beside expected", epilog=HELP)
    add_model(sub, only_cache=False)
    add = sub.add_argument
    add("--chip", required=True, metavar="NAME", help="of `tokenworks chips`, or how one begins")
    add("--chips", type=positive, default=1, metavar="N", help="tensor-parallel (default 1)")
    add("--batch", type=positive, default=1, metavar="N", help="sequences (default 1)")
    add("--context", type=positive, required=True, metavar="N", help="tokens of each, the mean")
    add("--prompt", type=positive, metavar="N", help="also the reading of a prompt of N tokens")
    add("--weights", choices=tuple(EVERYWHERE), default="bf16", help="default bf16")
    add("--kv", choices=tuple(CACHE_FORMATS), help="of the cache (default: what engines take)")
    add("--engine", choices=tuple(MATRIX_LIBRARIES), default="vllm", help="default vllm")
    add(
        "--constants",
        choices=("fitted", "card"),
        default="fitted",
        help="of each chip (default), or the twelve of the card",
    )
    add("--json", action="store_true", help="print one object")
    sub.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    notes: list[str] = []
    model = model_of(options, notes)
    constants = Constants.fitted() if options.constants == "fitted" else Constants.card()
    plan = served_plan(
        model,
        chip_named(options.chip),
        options.chips,
        engine=options.engine,
        precision=options.weights,
        cache=options.kv,
    )
    _require_memory(plan)
    steps = {"decode": decode_step(plan, options.batch, options.context, constants=constants)}
    if options.prompt is not None:
        steps["prefill"] = prefill_step(plan, options.prompt, constants=constants)
    notes += beyond_the_limit(model, max(options.context, options.prompt or 0))
    notes += list(constants.notes)
    if options.json:
        found = _found(plan, steps, options) | {"notes": notes}
        print(json.dumps(without_points(found), indent=2))
        return
    titles = {
        "decode": f"decode step of {options.batch:,} sequences at {options.context:,} tokens",
        "prefill": f"reading one prompt of {options.prompt or 0:,} tokens",
    }
    for name, step in steps.items():
        where = f"{plan.model.label} on {plan.chips} x {plan.chip.label}"
        print(table(_rows(step), caption=f"{titles[name]}, {where}, {options.weights}"))
        print()
    for note in notes:
        print(f"note: {note}")


def _require_memory(plan: ServingPlan) -> None:
    have = plan.chips * plan.chip.planned_bytes
    if plan.weight_bytes > have:
        raise ValueError(
            f"{plan.weight_bytes / 1e9:.1f} GB of weights do not fit in the {have / 1e9:.1f} GB "
            f"of {plan.chips} x {plan.chip.label}"
        )


def _rows(step: Step) -> list[dict[str, str]]:
    lines = [
        (kernel.name, kernel.calls, kernel.floor_seconds, kernel.expected_seconds)
        for kernel in step.kernels
    ]
    rows = [
        {
            "kernel": name,
            "calls": f"{count:g}",
            "floor of one": f"{floor * 1e6:.1f} us",
            "expected": f"{taken * 1e6:.1f} us",
            "all, floor": f"{count * floor * 1e3:.3f} ms",
            "all, expected": f"{count * taken * 1e3:.3f} ms",
        }
        for name, count, floor, taken in lines
    ]
    total = {
        "kernel": "the step",
        "calls": f"{sum(line[1] for line in lines):g}",
        "floor of one": "",
        "expected": "",
        "all, floor": f"{step.floor_seconds * 1e3:.3f} ms",
        "all, expected": f"{step.expected_seconds * 1e3:.3f} ms",
    }
    return [*rows, total]


def _found(
    plan: ServingPlan, steps: dict[str, Step], options: argparse.Namespace
) -> dict[str, Any]:
    return {
        "model": plan.model.name,
        "chip": plan.chip.name,
        "chips": plan.chips,
        "engine": plan.engine,
        "formats": {
            "attention": plan.attention,
            "dense": plan.dense,
            "experts": plan.experts if plan.model.n_experts else None,
            "cache": plan.cache,
        },
        "batch": options.batch,
        "context_tokens": options.context,
        "prompt_tokens": options.prompt,
        **{
            name: {
                "floor_seconds": step.floor_seconds,
                "expected_seconds": step.expected_seconds,
                "kernels": [
                    {
                        "name": kernel.name,
                        "kind": kernel.kind,
                        "calls": kernel.calls,
                        "flops": kernel.work.flops,
                        "bytes": kernel.work.bytes,
                        "floor_seconds": kernel.floor_seconds,
                        "expected_seconds": kernel.expected_seconds,
                    }
                    for kernel in step.kernels
                ],
            }
            for name, step in steps.items()
        },
    }
