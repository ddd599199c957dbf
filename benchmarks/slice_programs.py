"""A program that JAX traced for several simulated devices, moved to the chips of a TPU slice.

Its mesh stands in the trace itself, in the parameters of `shard_map` and of shardings, and in where
its arguments lie. All of these are replaced by the same mesh over chips. JAX has no public way to
do that to a trace; a chapter's cells know nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend import core
from jax.sharding import AbstractMesh, Mesh, NamedSharding, PartitionSpec

from tokenworks.tpu import slice_mesh

SLICES = {4: "v5e:2x2", 8: "v5e:2x4"}  # chips: the slice that has so many


def mesh_of(traced: Any, shardings: Sequence[Any]) -> Mesh | None:
    """Return the mesh of several devices that a trace runs on; None where it needs one alone."""
    for found in (*_meshes(traced.jaxpr), *_meshes(tuple(shardings))):
        if found.size > 1:
            return found
    return None


def forget_kinds() -> None:
    """Let the types in traces no longer name the kind of device that a mesh has.

    Call it before anything is traced: types of a CPU's mesh are then those of a slice's.
    """

    def nameless(mesh: Mesh) -> AbstractMesh:
        return AbstractMesh(mesh.axis_sizes, mesh.axis_names, axis_types=mesh.axis_types)

    Mesh.abstract_mesh = property(nameless)


def slice_chips(devices: int) -> list[Any]:
    """Return the chips of the smallest slice with so many; more than any has raise ValueError."""
    fitting = [chips for chips in SLICES if chips >= devices]
    if not fitting:
        raise ValueError(f"{devices} devices are more than a slice of {max(SLICES)}: add its shape")
    chips = min(fitting)
    return [*slice_mesh(SLICES[chips], {"chips": chips}).devices.flat]


def chip_mesh(like: Mesh, chips: Sequence[Any]) -> Mesh:
    """Return a mesh of the same axes over the first of these chips."""
    laid_out = np.array(chips[: like.size]).reshape(like.devices.shape)
    return Mesh(laid_out, like.axis_names, axis_types=like.axis_types)


def on_chips(traced: Any, chips: Sequence[Any]) -> Any:
    """Return a trace whose meshes are over chips, in all that it calls."""
    return traced.replace(jaxpr=_moved(traced.jaxpr, chips))


def placed(shapes: Sequence[Any], shardings: Sequence[Any], mesh: Mesh) -> list[Any]:
    """Return shapes that lie on the chips of a mesh as the arguments did; others on all of them."""
    return [
        jax.ShapeDtypeStruct(each.shape, each.dtype, sharding=sharding_on(mesh, given))
        for each, given in zip(shapes, shardings, strict=True)
    ]


def sharding_on(mesh: Mesh, given: Any) -> NamedSharding:
    """Return how an array lies on a mesh: as it was cut, or whole on every chip."""
    cut = given.spec if isinstance(given, NamedSharding) else PartitionSpec()
    return NamedSharding(mesh, cut)


def _parts(value: Any) -> list[Any]:
    """Return what a jaxpr, or a parameter of one of its equations, holds."""
    if isinstance(value, core.ClosedJaxpr):
        return [value.jaxpr]
    if isinstance(value, core.Jaxpr):
        return [param for eqn in value.eqns for param in eqn.params.values()]
    return list(value) if isinstance(value, tuple | list) else []


def _meshes(value: Any) -> Iterator[Mesh]:
    if isinstance(value, Mesh):
        yield value
    elif isinstance(value, NamedSharding) and isinstance(value.mesh, Mesh):
        yield value.mesh
    for part in _parts(value):
        yield from _meshes(part)


def _moved(value: Any, chips: Sequence[Any]) -> Any:
    if isinstance(value, Mesh) and not value.empty:
        return chip_mesh(value, chips)
    if isinstance(value, NamedSharding) and isinstance(value.mesh, Mesh):
        return NamedSharding(chip_mesh(value.mesh, chips), value.spec)
    if isinstance(value, core.ClosedJaxpr):
        return value.replace(jaxpr=_moved(value.jaxpr, chips))
    if isinstance(value, core.Jaxpr):
        params = [{k: _moved(v, chips) for k, v in eqn.params.items()} for eqn in value.eqns]
        eqns = [eqn.replace(params=new) for eqn, new in zip(value.eqns, params, strict=True)]
        return value.replace(eqns=eqns)
    if type(value) in (tuple, list):
        return type(value)(_moved(part, chips) for part in value)
    return value
