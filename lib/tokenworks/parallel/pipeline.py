"""Pipeline parallel: each stage holds some of the layers and hands its micro-batch to the next.

All devices run the same program. A stage with no micro-batch at a tick computes on what lies there
and nobody reads it: that tick is a part of the bubble.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Bool, Float

from tokenworks.architecture import ModelSpec
from tokenworks.kernels.naive import Precision
from tokenworks.model.forward_pass import lm_head, scan
from tokenworks.model.layers import layer_block, rms_norm
from tokenworks.model.weights import Weights, check_llama, stack
from tokenworks.number import whole
from tokenworks.parallel.meshes import check_divides, refuse_unused
from tokenworks.parallel.placement import unfused, weight_cuts
from tokenworks.parallel.sharded_program import ShardedProgram
from tokenworks.parallel.split_vocabulary import embed

WEIGHT_AXES = ("tensor",)


class Piped(NamedTuple):
    """What comes out of a pipeline: what its last stage made, and when each stage had work."""

    stage_logits: Float[Array, "stages B T V"]  # those of the last stage are the model's
    busy: Bool[Array, "stages ticks"]

    @property
    def logits(self) -> Any:
        """Logits of the model, "B T V"."""
        return self.stage_logits[-1]

    @property
    def bubble(self) -> float:
        """The share of ticks, of all stages, without work."""
        return 1 - float(self.busy.mean())


def pipelined_forward(
    spec: ModelSpec, mesh: Mesh, *, micro_batches: int, precision: Precision = "highest"
) -> ShardedProgram:
    """Return a program of (weights, ids "B T") to `Piped`, in so many micro-batches.

    Each tick, stages send what they made to the next: micro_batches + stages - 1 times in all.
    Axes "tensor" and "data" divide too. What does not divide raises ValueError.
    """
    check_llama(spec)
    check_divides(spec, mesh, weight_axes=WEIGHT_AXES)
    refuse_unused(mesh, ("data", "pipeline", "tensor"))
    whole(micro_batches, "micro_batches")
    on_device = partial(_on_device, spec=spec, micro_batches=micro_batches, precision=precision)
    cuts = partial(weight_cuts, axes=WEIGHT_AXES, kv_axes=WEIGHT_AXES, stages="pipeline")

    @jax.jit
    def run(weights: Weights, ids: Any) -> Piped:
        _check_batch(len(ids), micro_batches, groups=mesh.shape["data"])
        return Piped(
            *jax.shard_map(
                on_device,
                mesh=mesh,
                in_specs=(cuts(weights), PartitionSpec("data")),
                out_specs=(
                    PartitionSpec("pipeline", "data", None, "tensor"),
                    PartitionSpec("pipeline"),
                ),
                check_vma=False,  # what the first tick finds is alike on all stages
            )(weights, ids)
        )

    return ShardedProgram(spec, mesh, run, partial(_stacked, spec=spec), cuts)


def _on_device(
    weights: Weights, ids: Any, *, spec: ModelSpec, micro_batches: int, precision: Precision
) -> tuple[Any, Any]:
    """Run one stage's layers at every tick."""
    stages, stage = jax.lax.axis_size("pipeline"), jax.lax.axis_index("pipeline")
    onward = [(here, here + 1) for here in range(stages - 1)]
    waiting = embed(weights["embed"], ids, WEIGHT_AXES)
    waiting = waiting.reshape(micro_batches, -1, *waiting.shape[1:])

    def step(x: Any, inputs: Any) -> tuple[Any, None]:
        total = partial(jax.lax.psum, axis_name=WEIGHT_AXES)
        return layer_block(x, inputs[0], spec, total=total, precision=precision)[0], None

    def tick(arrived: Any, now: Any) -> tuple[Any, Any]:
        batch = now - stage  # that this stage works on
        busy = (batch >= 0) & (batch < micro_batches)
        first = waiting[jnp.clip(batch, 0, micro_batches - 1)]
        x, _ = scan(step, jnp.where(stage == 0, first, arrived), weights["layers"])
        return jax.lax.ppermute(x, "pipeline", onward), (x, busy)

    ticks = jnp.arange(micro_batches + stages - 1)
    _, (made, busy) = jax.lax.scan(tick, jnp.zeros_like(waiting[0]), ticks)
    x = made[stages - 1 :].reshape(-1, *made.shape[2:])
    x = rms_norm(x, weights["final_norm"], spec.norm_eps)
    return lm_head(weights, x, precision=precision)[None], busy[None]


def _check_batch(sequences: int, micro_batches: int, *, groups: int) -> None:
    if sequences % (micro_batches * groups):
        raise ValueError(
            f"{sequences} sequences do not fall into {micro_batches} micro-batches for each of "
            f"{groups} groups: pass a multiple of both"
        )


def _stacked(weights: Weights, *, spec: ModelSpec) -> Weights:
    apart = unfused(weights, spec)
    return stack(apart) if isinstance(apart["layers"], list) else apart
