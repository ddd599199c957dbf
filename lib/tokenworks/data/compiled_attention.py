"""What the TPU compiler says of attention: the programs of kernels/programs.py, written down."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, kw_only=True)
class AttentionCompile:
    """One program compiled for one chip of a v5e; `tokenworks.tpu.Compiled` says what is what.

    Of a refused program only `refused` is known, in the compiler's words; of a program with a
    kernel written by hand (`kernels`) the compiler knows no traffic, FLOP or time of its own.
    """

    name: str
    about: str
    shapes: list[str]  # of the arguments, such as "bfloat16[1, 4096, 8, 128]"
    refused: str | None = None
    argument_bytes: int = 0
    output_bytes: int = 0
    temp_bytes: int = 0
    hbm_bytes: int | None = None
    bytes_accessed: float | None = None
    flops: float | None = None
    seconds: float | None = None
    vmem_bytes: int = 0
    vmem_arrays: list[str] = field(default_factory=list)  # the largest kept in VMEM in between
    kernels: int = 0

    @property
    def label(self) -> str:
        """The compiler and what it was given."""
        return f"libtpu {compile_record()['libtpu']}, {self.about}"

    @property
    def source(self) -> str:
        """The command that asked the compiler; a file of this repository."""
        return compile_record()["command"].split()[-1]

    @property
    def accessed(self) -> str:
        """The day on which it was asked."""
        return compile_record()["date"]


def attention_compile(name: str) -> AttentionCompile:
    """Return a program by name, e.g. "naive-4096"; an unknown name raises KeyError."""
    rows = compile_record()["programs"]
    if name not in rows:
        raise KeyError(f"no compiled program {name!r}; known: {', '.join(rows)}")
    return AttentionCompile(name=name, **rows[name])


def attention_compiles() -> list[AttentionCompile]:
    """Return all programs in the order of the file."""
    return [attention_compile(name) for name in compile_record()["programs"]]


@cache
def compile_record() -> dict[str, Any]:
    """Return the whole record: command, date, chip, versions and the programs by name."""
    path = files("tokenworks.data").joinpath("attention_compiles.json")
    return json.loads(path.read_text(encoding="utf-8"))
