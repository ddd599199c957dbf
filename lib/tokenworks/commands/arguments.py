"""What the command line accepts as a count, a share, a size, a chip and a model."""

from __future__ import annotations

import argparse
import math
from typing import Any

from tokenworks.architecture import AttentionSpec, ModelSpec
from tokenworks.configs import load_config, read_cache, read_model
from tokenworks.layer_cache import CacheSpec, cache_of
from tokenworks.specs import Format, model_spec

LARGEST = 10**12


def positive(text: str) -> int:
    """Read a whole number from 1."""
    return _whole(text, least=1)


def natural(text: str) -> int:
    """Read a whole number from 0."""
    return _whole(text, least=0)


def _whole(text: str, *, least: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text[:20]) <= LARGEST:
        wanted = f"a whole number from {least} to 10^12"
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not {wanted}")
    return int(text)


def share(text: str) -> float:
    """Read a share, from 0 to below 1."""
    value = _number(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a share from 0 to below 1")
    return value


def size(text: str) -> float:
    """Read a finite number from 0."""
    value = _number(text)
    if not 0 <= value <= LARGEST:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number from 0 to 10^12")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def add_model(sub: Any, *, only_cache: bool) -> None:
    """Add the two ways to name a model: a row of the book's table or a config.json."""
    which = sub.add_mutually_exclusive_group(required=True)
    which.add_argument("--model", metavar="NAME", help="a model of `tokenworks models`")
    what = "only its attention is read" if only_cache else "all its shapes are read"
    which.add_argument("--config", metavar="FILE", help=f"a published config.json; {what}")


def cache_of_model(options: argparse.Namespace, notes: list[str]) -> CacheSpec:
    """Return what the model that the options name keeps of a sequence."""
    if options.config is None:
        return cache_of(model_spec(options.model))
    return _explained(read_cache, options.config, notes)


def model_of(options: argparse.Namespace, notes: list[str]) -> ModelSpec:
    """Return the whole model that the options name."""
    if options.config is None:
        return model_spec(options.model)
    return _explained(read_model, options.config, notes)


def _explained(read: Any, path: str, notes: list[str]) -> Any:
    config = load_config(path)
    try:
        return read(config, notes=notes)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def other_heads(cache: CacheSpec, stored: Format) -> list[str]:
    """Return the warning that a format counts its scales for heads of another size."""
    sizes = sorted({part.d_key for part in cache.parts if part.sharded} - {stored.group})
    if not stored.name.endswith("-head128") or not sizes:
        return []
    counted = f"tokenworks kv --kv-group {sizes[0]} counts those"
    return [f"{stored.name} has heads of 128 values, {cache.label} of {sizes[0]}; {counted}"]


def beyond_the_limit(spec: AttentionSpec | CacheSpec, tokens: int) -> list[str]:
    """Return the warning about a context that the model was not built for, if it is one."""
    if tokens <= spec.context_tokens:
        return []
    limit = f"{spec.context_tokens:,} tokens"
    return [f"{tokens:,} tokens is beyond the {limit} that {spec.label} is built for"]
