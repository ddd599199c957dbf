"""Decode with a cache on a mesh: divided by heads, and past the KV heads within each.

The axis "tensor" divides the KV heads. The axis "context" divides what is left of the query heads
and of the matrices, and with them each head's cache: by positions ("sequence"), by the head's
dimensions ("head_dim"), or not at all ("copies").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, PartitionSpec

from tokenworks.architecture import ModelSpec
from tokenworks.kernels.naive import Precision
from tokenworks.model.cache import StackedCache
from tokenworks.model.forward_pass import lm_head
from tokenworks.model.layers import KeysValues, block_around, rms_norm
from tokenworks.model.rope import rope_angles
from tokenworks.model.weights import Weights, check_llama
from tokenworks.parallel.cache_split import ATTENDS, CACHE_CUTS, empty_cache
from tokenworks.parallel.head_dim_order import by_slices
from tokenworks.parallel.meshes import check_divides, refuse_unused
from tokenworks.parallel.placed_shapes import WEIGHT_AXES
from tokenworks.parallel.placement import driver_of, unfused, weight_cuts
from tokenworks.parallel.sharded_program import ShardedProgram
from tokenworks.parallel.split_vocabulary import embed


@dataclass(frozen=True, eq=False, repr=False)
class ShardedDecode(ShardedProgram):
    """A program of (weights, ids, cache=…, start=…) to logits and cache."""

    kv_cut: str

    def empty_cache(
        self, batch: int, *, tokens: int, stacked: bool = False
    ) -> list[KeysValues] | StackedCache:
        """Return a cache with room for so many tokens of each sequence, on its devices."""
        spec, mesh = self.spec, self.mesh
        return empty_cache(spec, mesh, batch, tokens=tokens, kv_cut=self.kv_cut, stacked=stacked)


def sharded_decode(
    spec: ModelSpec, mesh: Mesh, *, kv_cut: str = "sequence", precision: Precision = "highest"
) -> ShardedDecode:
    """Return a program that runs tokens start .. start+T-1 of each sequence against a cache.

    `kv_cut` says how devices of the axis "context" divide each head's cache: "sequence", "head_dim"
    or "copies"; without that axis all three are the plain division by heads. The buffers are
    donated. What does not divide, another `kv_cut`, or an axis that is not used: ValueError.
    """
    check_llama(spec)
    check_divides(spec, mesh, weight_axes=WEIGHT_AXES)
    refuse_unused(mesh, ("data", *WEIGHT_AXES))
    if kv_cut not in CACHE_CUTS:
        raise ValueError(f"kv_cut={kv_cut!r}: pass one of {', '.join(CACHE_CUTS)}")
    slices = mesh.shape["context"] if kv_cut == "head_dim" else 1
    if spec.d_head % (2 * slices):
        raise ValueError(
            f"{spec.name}: {slices} devices cannot share the {spec.d_head // 2} pairs of a head's "
            'dimensions evenly: pass kv_cut="sequence"'
        )
    on_device = partial(_on_device, spec=spec, kv_cut=kv_cut, slices=slices, precision=precision)
    kv_axes = WEIGHT_AXES if kv_cut == "head_dim" else ("tensor",)
    cuts = partial(weight_cuts, axes=WEIGHT_AXES, kv_axes=kv_axes)

    @partial(jax.jit, donate_argnames=("cache",))
    def run(weights: Weights, ids: Any, *, cache: Any, start: Any) -> Any:
        stacked = () if isinstance(cache, list) else (None,)
        held = PartitionSpec(*stacked, *CACHE_CUTS[kv_cut])
        return jax.shard_map(
            on_device,
            mesh=mesh,
            in_specs=(cuts(weights), PartitionSpec("data"), (held, PartitionSpec())),
            out_specs=(PartitionSpec("data", None, WEIGHT_AXES), held),
        )(weights, ids, (cache, start))

    order = partial(by_slices, spec=spec, tensor=mesh.shape["tensor"], slices=slices)
    return ShardedDecode(spec, mesh, run, lambda w: order(unfused(w, spec)), cuts, kv_cut=kv_cut)


def _on_device(
    weights: Weights,
    ids: Any,
    held: tuple[Any, Any],
    *,
    spec: ModelSpec,
    kv_cut: str,
    slices: int,
    precision: Precision,
) -> tuple[Any, Any]:
    """Run one device's part: its sequences, its heads or slices of them."""
    (cache, start), local = held, replace(spec, d_head=spec.d_head // slices)
    positions = jnp.broadcast_to(start + jnp.arange(ids.shape[1]), ids.shape)
    turn = rope_angles(positions, spec.d_head, spec.rope_theta)
    if slices > 1:
        first = jax.lax.axis_index("context") * (local.d_head // 2)
        turn = jax.lax.dynamic_slice_in_dim(turn, first, local.d_head // 2, axis=2)
    group = spec.n_heads // spec.n_kv_heads
    attend = partial(ATTENDS[kv_cut], positions=positions, group=group, precision=precision)

    def step(x: Any, inputs: Any) -> tuple[Any, KeysValues]:
        layer, kept = inputs
        return block_around(
            partial(attend, cache=kept),
            x,
            layer,
            spec=local,
            positions=positions,
            turn=turn,
            total=partial(jax.lax.psum, axis_name=WEIGHT_AXES),
            precision=precision,
        )

    x = embed(weights["embed"], ids, WEIGHT_AXES)
    x, cache = driver_of(weights)(step, x, weights["layers"], cache)
    x = rms_norm(x, weights["final_norm"], spec.norm_eps)
    return lm_head(weights, x, precision=precision), cache
