"""A mesh of devices: its axes say in which ways a model and its tokens are divided.

The last axis changes fastest, so that tensor parallelism has neighbours and the fastest links.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from math import prod
from typing import Any

import jax
from jax.sharding import AxisType, Mesh

from tokenworks.architecture import ModelSpec
from tokenworks.number import whole

AXES = {
    "data": "sequences of the batch",
    "pipeline": "layers",
    "expert": "experts, and the tokens that are sent to them",
    "context": "tokens of a prompt, or a cache within its heads",
    "tensor": "heads, columns of the feed-forward part, vocabulary",
}


def make_mesh(devices: Sequence[Any] | None = None, **axes: int) -> Mesh:
    """Return a mesh such as make_mesh(data=2, tensor=4); an axis that is not named has size 1.

    Without `devices` it takes all that JAX has. An axis that is no strategy, and sizes that do not
    multiply to the number of devices, raise ValueError.
    """
    for name in axes.keys() - AXES.keys():
        near = get_close_matches(name, AXES)
        meant = f"did you mean {near[0]}?" if near else f"known: {', '.join(AXES)}"
        raise ValueError(f"no strategy divides by an axis {name!r}; {meant}")
    shape = [whole(axes.get(name, 1), name) for name in AXES]
    found = list(jax.devices() if devices is None else devices)
    if prod(shape) != len(found):
        said = ", ".join(f"{name}={size}" for name, size in axes.items()) or "no axis"
        raise ValueError(
            f"{said}: that is {prod(shape)} devices, and there are {len(found)}; change an axis, "
            f"or pass as many devices: make_mesh(jax.devices()[:{prod(shape)}], ...)"
        )
    kinds = (AxisType.Auto,) * len(shape)
    return jax.make_mesh(shape, tuple(AXES), devices=found, axis_types=kinds)


def check_divides(spec: ModelSpec, mesh: Mesh, *, weight_axes: tuple[str, ...]) -> None:
    """Raise ValueError where the devices of these axes cannot share a model evenly."""
    parts, tensor = prod(mesh.shape[name] for name in weight_axes), mesh.shape["tensor"]
    shared = {
        "query heads": (spec.n_heads, parts, weight_axes),
        "KV heads": (spec.n_kv_heads, tensor, ("tensor",)),
        "columns of the feed-forward part": (spec.d_ff, parts, weight_axes),
        "words of the vocabulary": (spec.vocab_size, parts, weight_axes),
        "layers": (spec.n_layers, mesh.shape["pipeline"], ("pipeline",)),
    }
    for what, (count, devices, axes) in shared.items():
        if count % devices:
            hint = (
                f"; past {count} KV heads divide the cache within a head: "
                f"make_mesh(tensor={count}, context=...)"
            )
            raise ValueError(
                f"{spec.name}: {devices} devices ({' x '.join(axes)}) cannot share {count} {what} "
                f"evenly: pass a divisor of {count}{hint * (what == 'KV heads')}"
            )


def refuse_unused(mesh: Mesh, used: tuple[str, ...]) -> None:
    """Raise ValueError for an axis that would only repeat the same work."""
    for name, size in mesh.shape.items():
        if size > 1 and name not in used:
            raise ValueError(
                f"this program divides by {', '.join(used)} and not by {name}={size}: make the "
                "mesh without it"
            )
