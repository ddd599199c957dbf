"""`tokenworks kv`: the memory of a model's cache."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tokenworks.commands.answer import Answer, both_units
from tokenworks.commands.arguments import (
    add_model,
    beyond_the_limit,
    cache_of_model,
    natural,
    other_heads,
    positive,
)
from tokenworks.cost.cache_memory import (
    cache_bytes,
    cache_bytes_per_chip,
    input_cache_bytes,
    state_bytes,
    whole_cache_bytes,
)
from tokenworks.layer_cache import CacheSpec
from tokenworks.specs import Format, number_format
from tokenworks.units import plain

HELP = """examples:
  tokenworks kv --config config.json --tokens 4096 --batch 1 --kv-dtype bf16
  tokenworks kv --model llama-3-70b --tokens 8192 --batch 16 --kv-dtype fp8 --tp 4 --json

What grows with the sequence and what is fixed stand apart: a state of a recurrent layer, the keys
and values of an encoder's input or of an image (--input-tokens). One chip of a tensor-parallel
group (--tp) holds its KV heads, at least one of them."""
NO_MANAGER = (
    "an engine without a cache for each kind of layer (vLLM: --disable-hybrid-kv-cache-manager) "
    "keeps the whole sequence in windowed layers too: {}, {:.1f} times as much"
)
ON_TOP = "a chip holds a part of the {} too: how engines divide that is not counted here"
KEPT_ONCE = 1.005  # times as much, below which no note is worth reading


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
    add("--input-tokens", type=positive, metavar="N", help="of an encoder's input or an image")
    add("--tp", type=positive, metavar="N", help="tensor-parallel chips: also print one's part")
    add("--json", action="store_true", help="print one object")
    sub.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    answer = Answer()
    cache = cache_of_model(options, answer.notes)
    stored = _stored(options)
    tokens = options.tokens or cache.context_tokens
    answer.found = _found(cache, stored, options, tokens=tokens)
    answer.notes += _held_without_windows(cache, stored, tokens)
    answer.warnings += _on_top(answer.found) if options.tp else []
    answer.warnings += beyond_the_limit(cache, tokens) + other_heads(cache, stored)
    caption = f"KV cache of {cache.label}, {options.batch:,} x {tokens:,} tokens in {stored.name}"
    answer.print(options, _rows(answer.found), caption=caption)


def _found(
    cache: CacheSpec, stored: Format, options: argparse.Namespace, *, tokens: int
) -> dict[str, Any]:
    width = stored.bytes_per_value
    sequence = cache_bytes(cache, tokens, bytes_per_value=width)
    next_token = cache_bytes(cache, tokens + 1, bytes_per_value=width) - sequence
    found = {
        "model": cache.name,
        "attention_kind": cache.attention_kind,
        "windowed": cache.is_windowed,
        "context_tokens": cache.context_tokens,
        "tokens": tokens,
        "batch": options.batch,
        "kv_dtype": stored.name,
        "bytes_per_value": width,
        "kv_bytes_per_token": None if cache.is_windowed else next_token,
        "kv_bytes_next_token": next_token,
        "kv_bytes_per_sequence": sequence,
        "kv_bytes_total": options.batch * sequence,
    }
    found |= _fixed(cache, width, options, growing=sequence)
    if options.tp:
        one = cache_bytes_per_chip(cache, tokens, bytes_per_value=width, tp=options.tp)
        held = options.batch * one
        found |= {"tp": options.tp, "kv_bytes_per_chip": held}
        found["kv_bytes_all_chips"] = options.tp * held
    return found


def _fixed(
    cache: CacheSpec, width: float, options: argparse.Namespace, *, growing: float
) -> dict[str, Any]:
    """Return what does not grow with the sequence, where a model has any of it, and the sum."""
    found: dict[str, Any] = {}
    if cache.states:
        found["state_bytes_per_sequence"] = state_bytes(cache)
    if any(part.of_input for part in cache.parts):
        tokens = options.input_tokens or cache.input_tokens or cache.context_tokens
        size = input_cache_bytes(cache, tokens, bytes_per_value=width)
        found |= {"input_tokens": tokens, "input_bytes_per_sequence": size}
    elif options.input_tokens:
        raise ValueError(f"--input-tokens: {cache.label} keeps nothing of an encoder or an image")
    if found:
        fixed = found.get("state_bytes_per_sequence", 0) + found.get("input_bytes_per_sequence", 0)
        found["bytes_per_sequence"] = growing + fixed
        found["bytes_total"] = options.batch * (growing + fixed)
    return found


def _held_without_windows(cache: CacheSpec, stored: Format, tokens: int) -> list[str]:
    """Return what an engine holds that gives every layer the whole sequence, if that is more."""
    width = stored.bytes_per_value
    least = cache_bytes(cache, tokens, bytes_per_value=width)
    whole = whole_cache_bytes(cache, tokens, bytes_per_value=width)
    more = least > 0 and whole / least > KEPT_ONCE
    return [NO_MANAGER.format(both_units(whole), whole / least)] if more else []


def _on_top(found: dict[str, Any]) -> list[str]:
    """Return what each chip holds besides its part of what grows, if there is anything."""
    names = {"state_bytes_per_sequence": "fixed state", "input_bytes_per_sequence": "input's cache"}
    held = " and the ".join(name for key, name in names.items() if key in found)
    return [ON_TOP.format(held)] if held else []


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
    if "state_bytes_per_sequence" in found:
        rows["fixed state a sequence"] = both_units(found["state_bytes_per_sequence"])
    if "input_tokens" in found:
        size = both_units(found["input_bytes_per_sequence"])
        rows[f"{found['input_tokens']:,} input positions"] = size
    if "bytes_total" in found:
        rows["all sequences in all"] = both_units(found["bytes_total"])
    if "tp" in found:
        rows[f"each of {found['tp']:,} chips"] = both_units(found["kv_bytes_per_chip"])
    return rows
