"""Expert parallel: devices hold some of the experts each, and send each other the tokens.

Each device has its own tokens. It routes them, puts those for every expert into `capacity` slots,
sends the slots to who has the expert, and gets them back: two all-to-alls a layer. A token that
finds no slot is dropped. Source: https://arxiv.org/abs/2006.16668 (GShard, section 2.2).
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Float, Int

from tokenworks.architecture import ModelSpec
from tokenworks.cost.expert_routing import capacity, imbalance
from tokenworks.kernels.naive import Precision
from tokenworks.model.experts import MATRICES, route, run_experts
from tokenworks.model.layers import Layer
from tokenworks.parallel.meshes import refuse_unused
from tokenworks.parallel.sharded_program import ShardedProgram


class Mixed(NamedTuple):
    """What comes out of a layer of experts, and how evenly its tokens were spread."""

    out: Float[Array, "T M"]
    load: Int[Array, "devices E"]  # tokens of each device that chose each expert
    dropped: Int[Array, " devices"]  # of them, those that found no slot

    @property
    def imbalance(self) -> float:
        """Tokens of the busiest expert over the mean: 1 is even."""
        return imbalance(self.load.sum(axis=0).tolist())


def expert_parallel(
    spec: ModelSpec,
    mesh: Mesh,
    *,
    capacity_factor: float | int = 1.0,
    precision: Precision = "highest",
) -> ShardedProgram:
    """Return a program of (one layer's weights, x "T M") to `Mixed`, over the axis "expert".

    Tokens and experts are both divided; the router is on every device. A model without experts, or
    devices that cannot share them evenly, raise ValueError.
    """
    refuse_unused(mesh, ("expert",))
    devices, experts = mesh.shape["expert"], spec.n_experts
    if not experts:
        raise ValueError(f"{spec.name} is dense: pass a model with experts, or divide by tensor")
    if experts % devices:
        raise ValueError(
            f"{spec.name}: {devices} devices cannot share {experts} experts evenly: pass a divisor "
            f"of {experts}"
        )

    on_device = partial(_on_device, spec=spec, factor=capacity_factor, precision=precision)

    @jax.jit
    def run(layer: Layer, x: Any) -> Mixed:
        mine = PartitionSpec("expert")
        return Mixed(
            *jax.shard_map(
                on_device, mesh=mesh, in_specs=(_cuts(layer), mine), out_specs=(mine, mine, mine)
            )(layer, x)
        )

    return ShardedProgram(spec, mesh, run, _of_experts, _cuts)


def _on_device(
    layer: Layer, x: Any, *, spec: ModelSpec, factor: float | int, precision: Precision
) -> tuple[Any, Any, Any]:
    """Route this device's tokens, and run its experts on everyone's."""
    experts, active = spec.n_experts, spec.n_experts_active
    slots = capacity(len(x), experts, active, factor=factor)
    routing = route(x, layer["router"], active=active, precision=precision)
    place = queue_places(routing.experts, experts)
    sent = jnp.zeros((experts, slots, x.shape[1]), x.dtype)
    sent = sent.at[routing.experts, place].set(x[:, None], mode="drop")
    arrived = jax.lax.all_to_all(sent, "expert", split_axis=0, concat_axis=1, tiled=True)
    made = run_experts(arrived, layer, precision=precision)
    back = jax.lax.all_to_all(made, "expert", split_axis=1, concat_axis=0, tiled=True)
    picked = back.at[routing.experts, place].get(mode="fill", fill_value=0)
    out = jnp.einsum("ta,tam->tm", routing.shares, picked, precision=precision)
    load = jnp.bincount(routing.experts.ravel(), length=experts)
    return out, load[None], jnp.sum(place >= slots)[None]


def queue_places(experts: Int[Array, "T active"], count: int) -> Int[Array, "T active"]:
    """Return for each choice how many earlier ones fell on the same expert."""
    chosen = jax.nn.one_hot(experts.ravel(), count, dtype=jnp.int32)
    before = jnp.cumsum(chosen, axis=0) - chosen
    return jnp.sum(before * chosen, axis=1).reshape(experts.shape)


def _of_experts(layer: Layer) -> Layer:
    """Return what a layer has for its experts: the rest is not divided here."""
    return {name: layer[name] for name in ("router", *(f"experts.{m}" for m in MATRICES))}


def _cuts(layer: Layer) -> Any:
    return {
        name: PartitionSpec("expert" if name.startswith("experts.") else None) for name in layer
    }
