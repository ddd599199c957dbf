"""What the TPU compiler says of one decode step of a whole model on a slice.

The step is the reference model's own (`model.decode_step`), its layers one `lax.scan`. XLA's cost
analysis counts a loop's body once. So the step is compiled a second time with its layers in two
loops: the two differ by one body, and a step of L layers costs the first and L - 1 bodies more.
Collectives and HBM traffic are counted in the program's text, a loop's as often as it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
from jax.sharding import NamedSharding, PartitionSpec

from tokenworks.architecture import ModelSpec
from tokenworks.compiled_collectives import Collective, collectives
from tokenworks.kernels.naive import Precision
from tokenworks.model.forward_pass import Driver, scan
from tokenworks.model.stacked_decode import decode_step, scan_parts
from tokenworks.parallel.placed_shapes import (
    WEIGHT_AXES,
    StepShapes,
    held_bytes,
    in_two,
    mesh_axes,
    step_shapes,
)
from tokenworks.parallel.slices import TpuSlice
from tokenworks.tpu import Compiled, OutOfMemory, compile_lowered, slice_mesh


@dataclass(frozen=True, kw_only=True)
class CompiledStep:
    """One chip's part of a decode step, in the compiler's figures; of a refused one memory alone.

    `needed_bytes` is exact where it fits; else as the compiler writes it, to a hundredth of a GiB.
    FLOPs, bytes accessed and seconds are the compiler's estimates for all layers; None where nobody
    asked for them, and seconds where the compiler gives none, as it does for some small steps.
    """

    fits: bool
    needed_bytes: int
    limit_bytes: int
    weight_bytes: int  # as the shapes say, with scales
    kv_bytes: int  # likewise; `kv_copies` chips share the KV heads of each
    kv_copies: int
    program: Compiled | None = None
    exchanged: tuple[Collective, ...] = ()
    flops: float | None = None
    bytes_accessed: float | None = None
    seconds: float | None = None

    @property
    def free_bytes(self) -> int:
        """What is left of the chip's memory; below 0 what is missing."""
        return self.limit_bytes - self.needed_bytes

    @property
    def parts(self) -> dict[str, int]:
        """What the needed bytes are made of: arguments, outputs less those in place, and the rest.

        Nothing where the compiler refused.
        """
        names = ("argument_bytes", "output_bytes", "alias_bytes", "temp_bytes", "code_bytes")
        return {name: getattr(self.program, name) for name in names} if self.program else {}


def compile_step(
    spec: ModelSpec,
    on: TpuSlice,
    *,
    batch: int,
    context: int,
    weights: str = "bf16",
    kv: str = "bf16",
    kv_cut: str = "copies",
    data: int = 1,
    costs: bool = True,
) -> CompiledStep:
    """Compile a decode step of `batch` sequences with room for `context` tokens each.

    `costs=False` leaves the second program out, and with it FLOPs, bytes and time. Impossible
    sizes raise ValueError, without libtpu it is CompilerMissing.
    """
    mesh = slice_mesh(on.name, mesh_axes(spec, on.chips, data=data))
    shapes = step_shapes(
        spec, mesh, weights=weights, kv=kv, batch=batch, context=context, kv_cut=kv_cut
    )
    step = CompiledStep(
        fits=False,
        needed_bytes=0,
        limit_bytes=on.chip.planned_bytes,
        weight_bytes=held_bytes(shapes.weights),
        kv_bytes=held_bytes(shapes.cache),
        kv_copies=mesh.shape["context"],
    )
    try:
        program = compile_lowered(lowered_step(spec, shapes, scan))
    except OutOfMemory as said:
        return replace(step, needed_bytes=said.needed_bytes, limit_bytes=said.limit_bytes)
    needed, exchanged = program.peak_bytes, collectives(program)
    step = replace(step, fits=True, needed_bytes=needed, program=program, exchanged=exchanged)
    return _with_costs(step, spec, shapes) if costs else step


def _with_costs(step: CompiledStep, spec: ModelSpec, shapes: StepShapes) -> CompiledStep:
    """Return the step with what all its layers cost, by a second program."""
    second = compile_lowered(lowered_step(spec, in_two(shapes), scan_parts))
    programs, layers = (step.program, second), spec.n_layers
    return replace(
        step,
        flops=all_layers(programs, "flops", layers),
        bytes_accessed=all_layers(programs, "bytes_accessed", layers),
        seconds=all_layers(programs, "seconds", layers),
    )


def lowered_step(spec: ModelSpec, shapes: StepShapes, driver: Driver) -> Any:
    """Return the step of these shapes as `jax.jit` lowers it, in the precision of their types."""
    step = step_on(spec, shapes, driver, precision=None)
    return step.lower(shapes.weights, ids=shapes.ids, cache=shapes.cache, lengths=shapes.lengths)


def step_on(spec: ModelSpec, shapes: StepShapes, driver: Driver, *, precision: Precision) -> Any:
    """Return the jitted step over the shapes' mesh: the cache donated, and laid out as it came."""
    logits = NamedSharding(shapes.mesh, PartitionSpec("data", WEIGHT_AXES))
    kept = jax.tree.map(lambda x: x.sharding, shapes.cache)
    step = partial(decode_step, spec=spec, driver=driver, precision=precision)
    return jax.jit(step, donate_argnames=("cache",), out_shardings=(logits, kept))


def all_layers(programs: Sequence[Any], name: str, layers: int) -> float | None:
    """Return a cost of all layers, from programs in which the body stands once and twice."""
    once, twice = (getattr(program, name) for program in programs)
    return None if once is None or twice is None else once + (layers - 1) * (twice - once)
