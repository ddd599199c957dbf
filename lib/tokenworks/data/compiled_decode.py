"""What the TPU compiler says of decode steps: those of parallel/asked_steps.py, written down."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, kw_only=True)
class DecodeCompile:
    """A whole decode step compiled for a slice: one chip's part; `parallel.compiled_step` has more.

    Of a refused one the parts are 0, costs None, and `needed_bytes` is what the compiler prints,
    to a hundredth of a GiB.
    """

    name: str
    model: str
    topology: str
    weights: str
    kv: str
    batch: int
    context: int
    kv_cut: str  # of chips that share a KV head: "copies" of its cache, or the "sequence" dealt out
    data: int  # replicas
    fits: bool
    needed_bytes: int
    limit_bytes: int
    weight_bytes: int  # of the shapes, with scales
    kv_bytes: int
    kv_copies: int  # chips that share a KV head
    argument_bytes: int = 0
    output_bytes: int = 0
    alias_bytes: int = 0
    temp_bytes: int = 0
    code_bytes: int = 0
    flops: float | None = None
    bytes_accessed: float | None = None
    seconds: float | None = None
    exchanged: list[dict[str, Any]] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The compiler and what it was given."""
        return f"libtpu {decode_record()['libtpu']}, {self.name}"

    @property
    def source(self) -> str:
        """The command that asked the compiler; a file of this repository."""
        return decode_record()["command"].split()[-1]

    @property
    def accessed(self) -> str:
        """The day on which it was asked."""
        return decode_record()["date"]


def decode_compile(name: str) -> DecodeCompile:
    """Return a step by name; an unknown one raises KeyError."""
    rows = decode_record()["steps"]
    if name not in rows:
        raise KeyError(f"no compiled step {name!r}; known: {', '.join(rows)}")
    return DecodeCompile(name=name, **rows[name])


def decode_compiles() -> list[DecodeCompile]:
    """Return all steps in the order of the file."""
    return [decode_compile(name) for name in decode_record()["steps"]]


@cache
def decode_record() -> dict[str, Any]:
    """Return the whole record: command, date, versions and the steps by name."""
    path = files("tokenworks.data").joinpath("decode_compiles.json")
    return json.loads(path.read_text(encoding="utf-8"))
