"""`tokenworks tpu`: what the TPU's own compiler says of a whole decode step, without a TPU."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from tokenworks.commands.answer import Answer, both_units
from tokenworks.commands.arguments import beyond_the_limit, positive
from tokenworks.parallel.slices import tpu_slice
from tokenworks.specs import model_spec
from tokenworks.units import show_as

HELP = """examples:
  tokenworks tpu --model llama-3-70b --topology v5e:2x4 --weights int8 --kv int8 --batch 32
  tokenworks tpu --model llama-3-70b --topology v5e:4x4 --weights int8 --batch 8 --kv-cut sequence
  tokenworks tpu --model llama-3-8b --topology v5e:1x1 --weights int4 --context 4096 --json

The step is the reference model's own, tensor-parallel over the slice; embedding, head and norms
stay at 16 bits. Every figure is one chip's. Nothing runs: a time is the compiler's estimate. Its
analysis counts a loop over layers once; a second program with two loops tells what a layer costs
(--memory-only leaves it out). Exit code 0 whether it fits or not."""


def add_tpu(command: Callable[..., Any]) -> None:
    """Add the command; `command` makes one."""
    sub = command("tpu", "ask the TPU's compiler about a whole decode step", epilog=HELP)
    add = sub.add_argument
    add("--model", required=True, metavar="NAME", help="a dense Llama of `tokenworks models`")
    add("--topology", required=True, metavar="SLICE", help="v5e:2x4, v6e:4x4, v5p:2x2x1, …")
    add("--weights", default="bf16", metavar="TYPE", help="bf16 (default), int8, int4 or fp8")
    add("--kv", default="bf16", metavar="TYPE", help="bf16 (default), int8 or fp8")
    add("--batch", type=positive, default=1, metavar="N", help="sequences (default 1)")
    add("--context", type=positive, metavar="N", help="tokens (default: the model's limit)")
    add("--kv-cut", default="copies", metavar="HOW", help="past the KV heads: copies, or sequence")
    add("--data", type=positive, default=1, metavar="N", help="replicas in the slice (default 1)")
    add("--memory-only", action="store_true", help="no FLOPs, bytes and time")
    add("--json", action="store_true", help="print one object")
    sub.set_defaults(run=_run, extra="tpu")


def _run(options: argparse.Namespace) -> None:
    from tokenworks.parallel.asked_steps import AskedStep, said  # JAX takes a second to import
    from tokenworks.tpu import CompilerMissing, compiler_version

    on, spec = tpu_slice(options.topology), model_spec(options.model)
    tokens = options.context or spec.context_tokens
    asked = AskedStep(
        spec.name,
        on.name,
        options.weights,
        options.kv,
        options.batch,
        context=tokens,
        kv_cut=options.kv_cut,
        data=options.data,
    )
    try:
        row = said(asked, costs=not options.memory_only)
    except CompilerMissing as error:
        raise ValueError(str(error)) from error
    found = {"chip": on.chip.name, "chips": on.chips, "libtpu": compiler_version(), **row}
    found["free_bytes"] = row["limit_bytes"] - row["needed_bytes"]
    answer = Answer(found, _notes(found), beyond_the_limit(spec, tokens))
    caption = (
        f"one chip of {spec.label} on {on.chips} x {on.chip.label} ({on.name}): "
        f"weights {options.weights}, cache {options.kv}, {options.batch:,} x {tokens:,} tokens"
    )
    answer.print(options, _rows(found), caption=caption)


def _notes(found: dict[str, Any]) -> list[str]:
    notes = []
    if found["kv_copies"] > 1:
        chips, held = found["kv_copies"], both_units(found["kv_bytes"])
        how = {"copies": "stands on", "sequence": "is cut by tokens over"}[found["kv_cut"]]
        notes.append(f"each KV head's cache {how} {chips} chips: {held} on each")
    if not found["fits"]:
        notes.append("the compiler refused it, and prints sizes to a hundredth of a GiB")
    if found["flops"] is not None:
        notes.append(
            "FLOPs, bytes accessed (VMEM and prefetches included) and time are the compiler's "
            "estimates, a layer's as often as there are layers"
        )
    return notes


def _rows(found: dict[str, Any]) -> dict[str, str]:
    rows = {
        "weights": both_units(found["weight_bytes"]),
        "KV cache": both_units(found["kv_bytes"]),
    }
    if found["fits"]:
        rows["arguments"] = both_units(found["argument_bytes"])
        rows["outputs in their place"] = both_units(found["alias_bytes"])
        rows["other outputs"] = both_units(found["output_bytes"] - found["alias_bytes"])
        rows["temporaries"] = both_units(found["temp_bytes"])
        rows["program"] = both_units(found["code_bytes"])
    rows["needed"] = both_units(found["needed_bytes"])
    rows["limit"] = both_units(found["limit_bytes"])
    rows["free" if found["fits"] else "missing"] = both_units(abs(found["free_bytes"]))
    rows["fits"] = "yes" if found["fits"] else "no"
    if found["flops"] is not None:
        rows["FLOPs"] = show_as(found["flops"], "flops")
        rows["bytes accessed"] = both_units(found["bytes_accessed"])
        time = found["seconds"]
        rows["time, estimated"] = "not given" if time is None else show_as(time, "seconds")
    for each in found["exchanged"]:
        name = f"{each['kind']} of {each['operand']}"
        size = both_units(each["operand_bytes"])
        rows[name] = f"{each['calls']:,} x {size} among {each['devices']} chips"
    return rows
