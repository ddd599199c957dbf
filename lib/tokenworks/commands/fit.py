"""`tokenworks fit`: whether a model and its cache fit on these chips, and what would."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tokenworks.accelerator import planned_memory
from tokenworks.commands.answer import Answer, both_units
from tokenworks.commands.arguments import (
    add_model,
    beyond_the_limit,
    model_of,
    natural,
    other_heads,
    positive,
    share,
    size,
)
from tokenworks.configs import load_config
from tokenworks.configs.quantization import USUAL, kept_parts, stored_format
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import checkpoint_bytes, kept_state_bytes, kv_share, weight_bytes
from tokenworks.cost.memory_budget import budget, fit_chips, fit_slice, max_batch, max_context
from tokenworks.layer_cache import cache_of
from tokenworks.specs import chip_named, number_format

HELP = """examples:
  tokenworks fit --model llama-3-70b --chip h100 --chips 4 --weights fp8 --kv fp8 --context 8192
  tokenworks fit --config config.json --chip tpu-v5e --chips 8 --batch 16 --overhead-gib 1 --json

Nothing is assumed: the runtime's own memory, fragmentation and the activations of a prefill are 0
until they are given. Exit code 0 whether it fits or not."""
KEPT_BYTES = 2  # of a weight that is not quantized
NOTHING_TAKEN = (
    "the runtime, fragmentation and a prefill are counted as 0: "
    "--overhead-gib, --fragmentation, --prefill-tokens"
)
MEMORY_IS = {
    "usable": "what the chip's driver or compiler reports",
    "physical": "all that is on the package, for what is usable of it is not known",
}


def add_fit(command: Callable[..., Any]) -> None:
    """Add the command; `command` makes one."""
    sub = command("fit", "whether a model and its cache fit on these chips", epilog=HELP)
    add_model(sub, only_cache=False)
    add = sub.add_argument
    add("--chip", required=True, metavar="NAME", help="of `tokenworks chips`, or how one begins")
    add("--chips", type=positive, default=1, metavar="N", help="tensor-parallel (default 1)")
    add("--weights", metavar="TYPE", help="fp8, int4-g128, … (default: the config's, or bf16)")
    add("--keep", metavar="PARTS", help="what stays at 16 bits (default: the config's, or most)")
    add("--kv", default="bf16", metavar="TYPE", help="of the cache (default bf16)")
    add("--context", type=positive, metavar="N", help="tokens (default: the model's limit)")
    add("--batch", type=positive, default=1, metavar="N", help="sequences (default 1)")
    add("--prefill-tokens", type=natural, default=0, metavar="N", help="read in one pass")
    add("--overhead-gib", type=size, default=0.0, metavar="GIB", help="of the runtime, a chip")
    add("--fragmentation", type=share, default=0.0, metavar="SHARE", help="of the cache pool")
    add("--json", action="store_true", help="print one object")
    sub.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    answer = Answer()
    on = Deployment(
        model_of(options, answer.notes),
        chip_named(options.chip),
        options.chips,
        weights=options.weights or _stored(options, answer.notes),
        kv=options.kv,
        overhead_bytes=options.overhead_gib * 2**30,
        fragmentation=options.fragmentation,
    )
    on = replace(on, kept=_kept(on, options, answer.notes))
    tokens = options.context or on.model.context_tokens
    answer.warnings += beyond_the_limit(on.model, tokens) + other_heads(
        cache_of(on.model), number_format(on.kv)
    )
    answer.notes += _kept_at_16_bits(on) + _held_more_than_once(on)
    answer.notes += _states_inside(on, options.batch)
    answer.notes.append(_memory_is(on))
    if not (options.overhead_gib or options.fragmentation or options.prefill_tokens):
        answer.notes.append(NOTHING_TAKEN)
    answer.found = _found(on, tokens, options)
    for name, formula in (("min_chips", fit_chips), ("min_slice", fit_slice)):
        answer.found[name] = _fewest(
            formula,
            on,
            answer,
            context_tokens=tokens,
            batch=options.batch,
            prefill_tokens=options.prefill_tokens,
        )
    caption = (
        f"one chip of {on.model.label} on {on.chips} x {on.chip.label}: "
        f"weights {on.weights}, cache {on.kv}, "
        f"{options.batch:,} x {tokens:,} tokens"
    )
    answer.print(options, _rows(answer.found), caption=caption)


def _stored(options: argparse.Namespace, notes: list[str]) -> str:
    """Return the format that a config's checkpoint is stored in, bf16 where it says none."""
    if options.config is None:
        return "bf16"
    return stored_format(load_config(options.config), notes=notes) or "bf16"


def _kept(on: Deployment, options: argparse.Namespace, notes: list[str]) -> tuple[str, ...]:
    """Return the parts of the weights that stay at 16 bits: asked for, the config's, or most."""
    if on.bytes_per_param >= KEPT_BYTES:
        return ()
    if options.keep is not None:
        return tuple(part for part in options.keep.split(",") if part not in ("", "none"))
    of_file = (
        None if options.config is None else kept_parts(load_config(options.config), notes=notes)
    )
    if of_file is not None:
        return of_file
    return () if on.weights.startswith("q") else USUAL  # GGUF files quantize their tables too


def _kept_at_16_bits(on: Deployment) -> list[str]:
    """Return what those parts add to weights that are all of the named format."""
    if not on.kept:
        return []
    wide = checkpoint_bytes(on.model, on.bytes_per_param, kept=on.kept)
    added = both_units((wide - weight_bytes(on.model, on.bytes_per_param)) / on.chips)
    return [f"{', '.join(on.kept)} are counted at 16 bits, {added} more than in {on.weights}"]


def _held_more_than_once(on: Deployment) -> list[str]:
    """Return how often the chips together hold the cache, where that is more than once."""
    times = on.chips * kv_share(on.model, on.chips)
    if times <= 1:
        return []
    what = "the one latent of MLA" if on.model.kv_lora_rank else "each KV head"
    return [f"tensor parallelism holds {what} on {times:g} chips: {times:g}x the cache in all"]


def _states_inside(on: Deployment, batch: int) -> list[str]:
    """Return what of the cache is the same at any length, where a model has any of it."""
    state = batch * kept_state_bytes(on.model) / on.chips
    return [f"{both_units(state)} of the KV cache are states of linear layers"] if state else []


def _memory_is(on: Deployment) -> str:
    """Return which figure of the chip's memory the capacity is, beside what its seller prints."""
    size, basis = planned_memory(on.chip)
    sold = f"; sold as {on.chip.marketed}" if on.chip.marketed else ""
    return f"capacity is {MEMORY_IS[basis]}, {both_units(size)} a chip{sold}"


def _found(on: Deployment, tokens: int, options: argparse.Namespace) -> dict[str, Any]:
    batch, prefill = options.batch, options.prefill_tokens
    part = budget(on, context_tokens=tokens, batch=batch, prefill_tokens=prefill)
    return {
        "model": on.model.name,
        "chip": on.chip.name,
        "chips": on.chips,
        "weights": on.weights,
        "kept_at_16_bits": list(on.kept),
        "kv": on.kv,
        "arithmetic": on.arithmetic,
        "context_tokens": tokens,
        "model_context_tokens": on.model.context_tokens,
        "batch": batch,
        "fits": part.fits,
        "capacity_bytes": part.capacity_bytes,
        "capacity_basis": part.capacity_basis,
        "needed_bytes": part.needed_bytes,
        "free_bytes": part.free_bytes,
        "parts": {
            "weight_bytes": part.weight_bytes,
            "kv_bytes": part.kv_bytes,
            "activation_bytes": part.activation_bytes,
            "overhead_bytes": part.overhead_bytes,
            "fragmentation_bytes": part.fragmentation_bytes,
        },
        "max_batch": max_batch(on, tokens, prefill_tokens=prefill),
        "max_context": max_context(on, batch, prefill_tokens=prefill),
    }


def _fewest(
    formula: Callable[..., int], on: Deployment, answer: Answer, **asked: int
) -> int | None:
    """Return what the formula finds, or None and a warning where no number is enough."""
    try:
        return formula(on, **asked)
    except ValueError as error:
        if str(error) not in answer.warnings:
            answer.warnings.append(str(error))
        return None


def _rows(found: dict[str, Any]) -> dict[str, str]:
    parts = found["parts"]
    return {
        "weights": both_units(parts["weight_bytes"]),
        "KV cache": both_units(parts["kv_bytes"]),
        "activations": both_units(parts["activation_bytes"]),
        "runtime overhead": both_units(parts["overhead_bytes"]),
        "fragmentation": both_units(parts["fragmentation_bytes"]),
        "needed": both_units(found["needed_bytes"]),
        f"capacity, {found['capacity_basis']}": both_units(found["capacity_bytes"]),
        "free" if found["fits"] else "missing": both_units(abs(found["free_bytes"])),
        "fits": "yes" if found["fits"] else "no",
        "largest batch": f"{found['max_batch']:,}",
        "longest context": _longest(found["max_context"], found["model_context_tokens"]),
        "fewest chips": _count(found["min_chips"]),
        "smallest rentable": _count(found["min_slice"]),
    }


def _longest(tokens: int | None, limit: int) -> str:
    if tokens is None:
        return "memory sets no limit"
    beyond = f"; the model's limit is {limit:,}" if tokens > limit else ""
    return f"{tokens:,} tokens{beyond}"


def _count(value: int | None) -> str:
    return "none" if value is None else f"{value:,}"
