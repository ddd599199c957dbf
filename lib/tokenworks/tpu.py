"""The TPU's own compiler asked, on a machine without a TPU: memory, traffic and estimated time.

libtpu is a wheel for Linux on x86-64 (`pip install 'tokenworks[tpu]'`); it needs the name of a chip
to compile for it, and no chip. What comes back is what the compiler says, not a measurement.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import jax
from jax.experimental import topologies
from jax.sharding import SingleDeviceSharding

from tokenworks import no_tpu as no_tpu  # before JAX starts: no search for a TPU where none is
from tokenworks.hlo_text import HBM, VMEM, Computation, read_program

MISSING = (
    "the TPU compiler is missing: `pip install 'tokenworks[tpu]'` brings it (libtpu, a wheel for "
    "Linux on x86-64; elsewhere, or without installing, run this in Colab)"
)
KERNEL = 'custom_call_target="tpu_custom_call"'
SCRATCH = r'used_scoped_memory_configs":\[\{"memory_space":"1","offset":"\d+","size":"(\d+)"'
MOVES = {"copy-start", "slice-start"}
NAMES = {"bitcast", "constant", "get-tuple-element", "parameter", "tuple"}  # these move nothing
LOOPS = {"call", "conditional", "while"}
LINES = 3  # of the compiler's complaint


class CompilerMissing(RuntimeError):
    """libtpu is not installed."""


class CompileError(ValueError):
    """The compiler refused a program, and said why."""


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """What the compiler says of one program; None where it says nothing.

    `hbm_bytes` adds up, over the operations of the compiled program, the operands and results that
    lie in HBM, each once; an operation that reads one several times moves more. `bytes_accessed`
    is the compiler's own sum, VMEM and its prefetches included. Of a Pallas kernel it knows
    neither bytes nor FLOP nor time: it would repeat the `pl.CostEstimate` of the kernel's author.
    """

    argument_bytes: int
    output_bytes: int
    temp_bytes: int  # HBM for values in between
    hbm_bytes: int | None  # None where the program has a loop
    bytes_accessed: float | None
    flops: float | None
    seconds: float | None  # an estimate: it ran nowhere
    vmem_bytes: int  # the most that one operation works in; one Pallas kernel, if there are any
    vmem_arrays: tuple[str, ...]  # kept there between operations, largest first: "bf16[8,64]"
    kernels: int  # calls of TPU kernels: of Pallas, or the compiler's own for a pattern it knows
    text: str = field(repr=False)  # the program as compiled


def compile_for(function: Callable[..., Any], *shapes: Any, topology: str = "v5e:2x2") -> Compiled:
    """Compile `function` for one chip of a TPU; `shapes` are jax.ShapeDtypeStructs, or arrays.

    A Pallas kernel must be called with interpret=False. A program that does not fit the chip's
    VMEM or HBM raises CompileError; without libtpu it is CompilerMissing.
    """
    place = SingleDeviceSharding(_chip(topology))
    placed = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=place), shapes)
    lowered = jax.jit(function).lower(*placed)
    try:
        return _said(lowered.compile())
    except jax.errors.JaxRuntimeError as error:
        raise CompileError("\n".join(str(error).splitlines()[:LINES])) from error


def chip_kind(topology: str = "v5e:2x2") -> str:
    """Return the compiler's name of the chip, such as "TPU v5 lite"."""
    return _chip(topology).device_kind


def compiler_version() -> str:
    """Return the version of libtpu, such as "0.0.52"."""
    return version("libtpu")


@cache
def _chip(topology: str) -> Any:
    if not find_spec("libtpu"):
        raise CompilerMissing(MISSING)
    try:
        return topologies.get_topology_desc(platform="tpu", topology_name=topology).devices[0]
    except jax.errors.JaxRuntimeError as error:
        raise CompileError(f"topology {topology!r}, for example v5e:2x2: {error}") from error


def _said(compiled: Any) -> Compiled:
    memory, text = compiled.memory_analysis(), compiled.as_text()
    calls = [line for line in text.splitlines() if KERNEL in line]
    cost = {} if calls else compiled.cost_analysis() or {}
    scratch = re.findall(SCRATCH, "\n".join(calls) or text)
    program = read_program(text)
    steps = program.computations[program.entry]
    held = {a.name: a.bytes for step in steps.values() for a in step.result if a.place == VMEM}
    return Compiled(
        argument_bytes=memory.argument_size_in_bytes,
        output_bytes=memory.output_size_in_bytes,
        temp_bytes=memory.temp_size_in_bytes,
        hbm_bytes=_hbm_bytes(steps),
        bytes_accessed=cost.get("bytes accessed"),
        flops=cost.get("flops"),
        seconds=seconds if (seconds := cost.get("optimal_seconds", -1)) > 0 else None,
        vmem_bytes=max(map(int, scratch), default=0),
        vmem_arrays=tuple(sorted(held, key=lambda name: (-held[name], name))),
        kernels=len(calls),
        text=text,
    )


def _hbm_bytes(steps: Computation) -> int | None:
    moved = 0
    for step in steps.values():
        arrays = dict.fromkeys(_source(steps, name) for name in step.operands)
        read = [held for name in arrays for held in steps[name].result]
        if step.operation in MOVES:  # one of the two is elsewhere; a slice is the smaller one
            moved += min(held.bytes for held in step.result[:2])
        elif step.operation in LOOPS or step.operation.endswith("-start"):
            return None
        elif step.operation not in NAMES and not step.operation.endswith("-done"):
            arrays_there = (held for held in [*read, *step.result] if held.place == HBM)
            moved += sum(held.bytes for held in arrays_there if not held.is_scalar)
    return moved


def _source(steps: Computation, name: str) -> str:
    """Return the array behind other views of it."""
    while steps[name].operation == "bitcast":
        name = steps[name].operands[0]
    return name
