"""The TPU's own compiler asked, on a machine without a TPU: memory, traffic and estimated time.

libtpu is a wheel for Linux on x86-64 (`pip install 'tokenworks[tpu]'`); it needs the name of a chip
to compile for it, and no chip. What comes back is what the compiler says, not a measurement.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import jax
from jax.experimental import mesh_utils, topologies
from jax.sharding import Mesh, SingleDeviceSharding

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
OUT_OF_HBM = re.compile(
    r"(?:required for HLO temporaries \(|Used )([\d.]+)([KMGT])(?:\) exceeds available HBM \(| of )"
    r"([\d.]+)([KMGT])"
)
BINARY = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}  # as the compiler writes sizes


class CompilerMissing(RuntimeError):
    """libtpu is not installed."""


class CompileError(ValueError):
    """The compiler refused a program, and said why."""


class OutOfMemory(CompileError):
    """A program that needs more HBM than a chip has; both sizes to a hundredth of a GiB."""

    def __init__(self, message: str, needed_bytes: int, limit_bytes: int) -> None:
        super().__init__(message)
        self.needed_bytes, self.limit_bytes = needed_bytes, limit_bytes


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
    alias_bytes: int  # of the outputs, what takes the place of a donated argument
    code_bytes: int  # of the program itself, in HBM too
    hbm_bytes: int | None  # None where the program has a loop
    bytes_accessed: float | None
    flops: float | None
    seconds: float | None  # an estimate: it ran nowhere
    vmem_bytes: int  # the most that one operation works in; one Pallas kernel, if there are any
    vmem_arrays: tuple[str, ...]  # kept there between operations, largest first: "bf16[8,64]"
    kernels: int  # calls of TPU kernels: of Pallas, or the compiler's own for a pattern it knows
    text: str = field(repr=False)  # the program as compiled

    @property
    def peak_bytes(self) -> int:
        """The HBM that a chip needs while it runs: an output in an argument's place counts once."""
        held = self.argument_bytes + self.output_bytes - self.alias_bytes
        return held + self.temp_bytes + self.code_bytes


def compile_for(
    function: Callable[..., Any], *shapes: Any, topology: str = "v5e:2x2", **options: Any
) -> Compiled:
    """Compile `function` for a TPU; `shapes` are jax.ShapeDtypeStructs, or arrays.

    A shape that has a sharding, over a `slice_mesh`, is placed so, and every figure is one chip's;
    any other stands on one chip. `options` are those of `jax.jit`, such as `donate_argnums`; of a
    jitted function it has its own. A Pallas kernel must be called with interpret=False. A program
    that does not fit a chip's HBM raises OutOfMemory, any other refusal CompileError; without
    libtpu it is CompilerMissing.
    """
    place = SingleDeviceSharding(_topology(topology).devices[0])

    def placed(x: Any) -> Any:
        given = getattr(x, "sharding", None) if isinstance(x, jax.ShapeDtypeStruct) else None
        return jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=given or place)

    jitted: Any = function if hasattr(function, "lower") else jax.jit(function, **options)
    return compile_lowered(jitted.lower(*jax.tree.map(placed, shapes)))


def compile_lowered(lowered: Any) -> Compiled:
    """Compile what `jax.jit(...).lower(...)` returned; see `compile_for`."""
    try:
        return _said(lowered.compile())
    except jax.errors.JaxRuntimeError as error:
        raise _refusal(str(error)) from error


def slice_mesh(topology: str, axes: dict[str, int]) -> Mesh:
    """Return a mesh over the chips of a slice, such as ("v5e:2x4", {"data": 2, "tensor": 4}).

    Axes that do not multiply to the chips raise ValueError.
    """
    devices = _topology(topology).devices
    chips, wanted = len(devices), math.prod(axes.values())
    if wanted != chips:
        written = " x ".join(f"{name} {size}" for name, size in axes.items())
        raise ValueError(f"{topology} has {chips} chips, the mesh {written} = {wanted}")
    laid_out = mesh_utils.create_device_mesh(
        tuple(axes.values()), list(devices), allow_split_physical_axes=True
    )
    return Mesh(laid_out, tuple(axes))


def _refusal(said: str) -> CompileError:
    text = "\n".join(said.splitlines()[:LINES])
    found = OUT_OF_HBM.search(said)
    if not found:
        return CompileError(text)
    sizes = [float(found[i]) * BINARY[found[i + 1]] for i in (1, 3)]
    return OutOfMemory(text, *map(round, sizes))


def chip_kind(topology: str = "v5e:2x2") -> str:
    """Return the compiler's name of the chip, such as "TPU v5 lite"."""
    return _topology(topology).devices[0].device_kind


def compiler_version() -> str:
    """Return the version of libtpu, such as "0.0.52"."""
    return version("libtpu")


def _topology(name: str) -> Any:
    if not find_spec("libtpu"):
        raise CompilerMissing(MISSING)
    return _described(name)


@cache
def _described(name: str) -> Any:
    cores = {"chip_config_name": "megacore"} if name.startswith("v4") else {}  # both as one device
    try:
        return topologies.get_topology_desc(platform="tpu", topology_name=name, **cores)
    except jax.errors.JaxRuntimeError as error:
        raise CompileError(f"topology {name!r}, for example v5e:2x2: {error}") from error


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
        alias_bytes=memory.alias_size_in_bytes,
        code_bytes=memory.generated_code_size_in_bytes,
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
