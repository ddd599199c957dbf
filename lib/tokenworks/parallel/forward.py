"""The model without a cache on a mesh: data, tensor and context parallel, alone or together."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, PartitionSpec

from tokenworks.architecture import ModelSpec
from tokenworks.kernels.naive import Precision
from tokenworks.model.forward_pass import lm_head
from tokenworks.model.layers import block_around, rms_norm
from tokenworks.model.weights import Weights, check_llama
from tokenworks.parallel.attention_parts import gathered, ring
from tokenworks.parallel.meshes import check_divides, refuse_unused
from tokenworks.parallel.placement import driver_of, unfused, weight_cuts
from tokenworks.parallel.sharded_program import ShardedProgram
from tokenworks.parallel.split_vocabulary import embed

EXCHANGED = {"gather": gathered, "ring": ring}
WEIGHT_AXES = ("tensor",)


def sharded_forward(
    spec: ModelSpec, mesh: Mesh, *, keys: str = "gather", precision: Precision = "highest"
) -> ShardedProgram:
    """Return a program of (weights, ids "B T") to logits "B T V", by the mesh's axes.

    "data" divides the sequences, "context" the tokens of each, "tensor" the matrices: one
    all-reduce after attention and one after the feed-forward part. `keys` says how devices of a
    context get each other's keys: "gather" or "ring". The logits stay divided by the vocabulary.
    What does not divide, another `keys`, or an axis that this program does not use: ValueError.
    """
    check_llama(spec)
    check_divides(spec, mesh, weight_axes=WEIGHT_AXES)
    refuse_unused(mesh, ("data", "context", "tensor"))
    if keys not in EXCHANGED:
        raise ValueError(f"keys={keys!r}: pass one of {', '.join(EXCHANGED)}")
    on_device = partial(_on_device, spec=spec, attend=EXCHANGED[keys], precision=precision)
    cuts = partial(weight_cuts, axes=WEIGHT_AXES, kv_axes=WEIGHT_AXES)

    @jax.jit
    def run(weights: Weights, ids: Any) -> Any:
        return jax.shard_map(
            on_device,
            mesh=mesh,
            in_specs=(cuts(weights), PartitionSpec("data", "context")),
            out_specs=PartitionSpec("data", "context", "tensor"),
        )(weights, ids)

    return ShardedProgram(spec, mesh, run, partial(unfused, spec=spec), cuts)


def _on_device(
    weights: Weights, ids: Any, *, spec: ModelSpec, attend: Any, precision: Precision
) -> Any:
    """Run one device's part: its tokens, its heads."""
    first = jax.lax.axis_index("context") * ids.shape[1]
    positions = jnp.broadcast_to(first + jnp.arange(ids.shape[1]), ids.shape)

    def attend_here(q: Any, k: Any, v: Any) -> tuple[Any, None]:
        return attend(q, k, v, positions=positions, precision=precision), None

    def step(x: Any, inputs: Any) -> tuple[Any, None]:
        return block_around(
            attend_here,
            x,
            inputs[0],
            spec=spec,
            positions=positions,
            total=partial(jax.lax.psum, axis_name=WEIGHT_AXES),
            precision=precision,
        )

    x = embed(weights["embed"], ids, WEIGHT_AXES)
    x, _ = driver_of(weights)(step, x, weights["layers"])
    x = rms_norm(x, weights["final_norm"], spec.norm_eps)
    return lm_head(weights, x, precision=precision)
