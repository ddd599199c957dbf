"""`tokenworks kv`: the memory of a model's cache."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tokenworks.architecture import AttentionSpec
from tokenworks.commands.answer import Answer, both_units
from tokenworks.commands.arguments import (
    add_model,
    attention_of,
    beyond_the_limit,
    natural,
    other_heads,
    positive,
)
from tokenworks.cost.memory import kv_bytes, kv_bytes_per_chip, kv_bytes_per_token
from tokenworks.specs import Format, number_format
from tokenworks.units import plain

HELP = """examples:
  tokenworks kv --config config.json --tokens 4096 --batch 1 --kv-dtype bf16
  tokenworks kv --model llama-3-70b --tokens 8192 --batch 16 --kv-dtype fp8 --tp 4 --json

One chip of a tensor-parallel group (--tp) holds its KV heads, at least one of them."""


def add_kv(command: Callable[..., Any]) -> None:
    """Add the command; `command` makes one."""
    sub = command("kv", "how much memory a model's KV cache takes", epilog=HELP)
    add_model(sub, only_cache=True)
    add = sub.add_argument
    add("--tokens", type=positive, metavar="N", help="a sequence's length (default: the limit)")
    add("--batch", type=positive, default=1, metavar="N", help="sequences (default 1)")
    add("--kv-dtype", default="bf16", metavar="TYPE", help="fp8, int8, nvfp4, … (default bf16)")
    add("--kv-group", type=positive, metavar="N", help="values that share a scale")
    add("--kv-scale-bits", type=natural, metavar="BITS", help="of a scale and its zero point")
    add("--tp", type=positive, metavar="N", help="tensor-parallel chips: also print one's part")
    add("--json", action="store_true", help="print one object")
    sub.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    answer = Answer()
    spec = attention_of(options, answer.notes)
    stored = _stored(options)
    tokens = options.tokens or spec.context_tokens
    answer.found = _found(spec, stored, options, tokens=tokens)
    answer.warnings += beyond_the_limit(spec, tokens) + other_heads(spec, stored)
    caption = f"KV cache of {spec.label}, {options.batch:,} x {tokens:,} tokens in {stored.name}"
    answer.print(options, _rows(answer.found), caption=caption)


def _found(
    spec: AttentionSpec, stored: Format, options: argparse.Namespace, *, tokens: int
) -> dict[str, Any]:
    width = stored.bytes_per_value
    sequence = kv_bytes(spec, tokens, bytes_per_value=width)
    found = {
        "model": spec.name,
        "attention_kind": spec.attention_kind,
        "windowed": spec.is_windowed,
        "context_tokens": spec.context_tokens,
        "tokens": tokens,
        "batch": options.batch,
        "kv_dtype": stored.name,
        "bytes_per_value": width,
        "kv_bytes_per_token": None if spec.is_windowed else kv_bytes_per_token(spec, width),
        "kv_bytes_next_token": kv_bytes(spec, tokens + 1, bytes_per_value=width) - sequence,
        "kv_bytes_per_sequence": sequence,
        "kv_bytes_total": options.batch * sequence,
    }
    if options.tp:
        one = kv_bytes_per_chip(spec, tokens, bytes_per_value=width, tp=options.tp)
        held = options.batch * one
        found |= {"tp": options.tp, "kv_bytes_per_chip": held}
        found["kv_bytes_all_chips"] = options.tp * held
    return found


def _stored(options: argparse.Namespace) -> Format:
    """Return the cache's number format, with the group or scale that was asked for instead."""
    stored = number_format(options.kv_dtype)
    if options.kv_group is None and options.kv_scale_bits is None:
        return stored
    group = options.kv_group or stored.group
    if group is None:
        raise ValueError(f"--kv-scale-bits needs --kv-group: {stored.name} has no groups")
    if options.kv_scale_bits is not None:
        return replace(stored, group=group, scale_bits=float(options.kv_scale_bits), zero_bits=0.0)
    if not stored.group:
        raise ValueError(f"--kv-group needs --kv-scale-bits: {stored.name} has no scale")
    return replace(stored, group=group)


def _rows(found: dict[str, Any]) -> dict[str, str]:
    kind = found["attention_kind"].upper() + (", windowed" if found["windowed"] else "")
    per_token = found["kv_bytes_per_token"]
    rows = {
        "attention": kind,
        "a value": f"{plain(found['bytes_per_value'])} B",
        "a token": "depends on the length" if per_token is None else both_units(per_token),
        "the next token": both_units(found["kv_bytes_next_token"]),
        "a sequence": both_units(found["kv_bytes_per_sequence"]),
        "all sequences": both_units(found["kv_bytes_total"]),
    }
    if "tp" in found:
        rows[f"each of {found['tp']:,} chips"] = both_units(found["kv_bytes_per_chip"])
    return rows
