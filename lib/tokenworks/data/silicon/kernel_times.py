"""Kernels that were timed one by one: matrix products, attention, all-reduce, experts' layers.

A line of a table holds a shape's times in microseconds, a column each for the size that grows
(`m128` is 128 tokens). They are read into one object a measured point, in seconds.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar

from tokenworks.data.rows import cell_value

LICENCE = (
    "Measurements: NVIDIA AIConfigurator 0.12.0 (Apache-2.0); end-to-end rows originally from "
    "InferenceX (SemiAnalysis) and NVIDIA. Thinned and relabelled."
)
CHIP_OF = {  # the tables' systems, as rows of chips.csv
    "a100_sxm": "a100-80gb",
    "b200_sxm": "b200",
    "b300_sxm": "b300",
    "gb200": "gb200",
    "gb300": "gb300",
    "h100_sxm": "h100-sxm",
    "h200_sxm": "h200-sxm",
    "l40s": "l40s",
    "rtx_pro_6000_server": "rtx-pro-6000-server",
}

COUNTS = {"n", "k", "num_heads", "batch_size", "moe_tp_size", "moe_ep_size"}  # all others are names


class Timed:
    """What every row has beside its numbers: where it stands, when that was read, what it is."""

    source: ClassVar[str] = "https://pypi.org/project/aiconfigurator-core/0.12.0/"
    accessed: ClassVar[str] = "2026-11-28"
    what: ClassVar[str]
    system: str

    @property
    def label(self) -> str:
        """What was timed, and where."""
        return f"{self.what} timed on {self.system}"


@dataclass(frozen=True)
class GemmTime(Timed):
    """One product: `tokens` x k activations with k x n weights in a format of the framework's."""

    what: ClassVar[str] = "a matrix product"
    system: str
    framework: str
    format: str
    n: int
    k: int
    tokens: int
    seconds: float


@dataclass(frozen=True)
class AttentionTime(Timed):
    """Attention of one layer on one chip; head dim 128, one KV head for every 8 query heads.

    `tokens` are those of one of the `batch` sequences: cached ones of a decode step, in which each
    sequence has one query, or the prompt's, all of them queries under a causal mask. `format` is
    the cache's.
    """

    what: ClassVar[str] = "attention"
    system: str
    format: str
    heads: int
    batch: int
    tokens: int
    seconds: float


@dataclass(frozen=True)
class AllReduceTime(Timed):
    """One all-reduce of `bytes` on each of `chips`, by NCCL or by a server's own kernel."""

    what: ClassVar[str] = "an all-reduce"
    system: str
    implementation: str
    chips: int
    bytes: int
    seconds: float


@dataclass(frozen=True)
class MoeTime(Timed):
    """The routed experts of one layer on one of tp x ep chips, for `tokens` of all chips.

    `distribution` says how evenly the router spreads them: "balanced" or "power_law_1.2".
    """

    what: ClassVar[str] = "a layer's experts"
    system: str
    framework: str
    model: str
    format: str
    tp: int
    ep: int
    distribution: str
    tokens: int
    seconds: float


@cache
def gemm_times() -> tuple[GemmTime, ...]:
    """Return the timed matrix products."""
    return tuple(GemmTime(*point) for point in _table("gemm.csv", "m"))


@cache
def decode_attention_times() -> tuple[AttentionTime, ...]:
    """Return the timed attention of decode steps."""
    return tuple(AttentionTime(*point) for point in _table("decode_attention.csv", "c"))


@cache
def prefill_attention_times() -> tuple[AttentionTime, ...]:
    """Return the timed attention of whole prompts."""
    return tuple(AttentionTime(*point) for point in _table("prefill_attention.csv", "s"))


@cache
def all_reduce_times() -> tuple[AllReduceTime, ...]:
    """Return the timed all-reduces."""
    return tuple(AllReduceTime(*point) for point in _table("all_reduce.csv", "b"))


@cache
def moe_times() -> tuple[MoeTime, ...]:
    """Return the timed layers of experts."""
    return tuple(MoeTime(*point) for point in _table("moe.csv", "t"))


def _table(table: str, letter: str) -> Iterator[list[Any]]:
    text = files("tokenworks.data").joinpath("silicon", table).read_text(encoding="utf-8")
    return kernel_points(text, table=table, letter=letter)


def kernel_points(text: str, *, table: str, letter: str) -> Iterator[list[Any]]:
    """Yield [name or count, …, size, seconds] for each filled cell of a table.

    Its columns of times are a letter and a size. A bad cell raises ValueError that names table,
    row (from 0) and column.
    """
    head, *lines = csv.reader(text.splitlines(), strict=True)
    sizes = {i: int(c[1:]) for i, c in enumerate(head) if re.fullmatch(rf"{letter}\d+", c)}
    kinds = [float if i in sizes else int if c in COUNTS else str for i, c in enumerate(head)]
    for number, line in enumerate(lines):
        where = f"{table}, row {number}"
        if len(line) != len(head):
            raise ValueError(f"{where}: {len(line)} cells under {len(head)} columns")
        values = [_value(line[i], kinds[i], f"{where}, column {c!r}") for i, c in enumerate(head)]
        keys = [value for i, value in enumerate(values) if i not in sizes]
        timed = ((size, values[i]) for i, size in sizes.items() if values[i] is not None)
        yield from ([*keys, size, micros / 1e6] for size, micros in timed)


def _value(cell: str, kind: Any, where: str) -> Any:
    """Return a cell's value, None for an empty time; all numbers here are above 0."""
    if not cell and kind is float:
        return None
    try:
        value = cell_value(cell, kind)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    if not cell or (kind is not str and value <= 0):
        raise ValueError(f"{where}: {cell!r} is not {'a name' if kind is str else 'above 0'}")
    return value
