"""A decode step's arguments as shapes, each placed over the chips of a slice; no array is made.

Tensor parallel: matrices that widen are cut by rows (their outputs), the two that come back by
columns, so that a layer needs two sums over all chips. KV heads are dealt out; where there are more
chips than heads, those that share a head form the axis `context`, and `KV_CUTS` says what of the
head's cache each of them holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from tokenworks.architecture import ModelSpec
from tokenworks.cost.memory import kv_share
from tokenworks.model.weights import Weights, abstract, check_llama
from tokenworks.number import whole
from tokenworks.quantization.scaled_rows import CODES, Int8Heads, RowScaled

ACTIVATIONS = jnp.bfloat16  # and norms, scales, and what is kept at 16 bits
KV_TYPES = {"bf16": jnp.bfloat16, "int8": jnp.int8, "fp8": jnp.float8_e4m3fn}
WEIGHT_FORMATS = ("bf16", *CODES)
WEIGHT_AXES = ("tensor", "context")  # a matrix is cut over both
BY_ROWS = {
    "wq": WEIGHT_AXES,
    "wk": "tensor",
    "wv": "tensor",
    "w_gate": WEIGHT_AXES,
    "w_up": WEIGHT_AXES,
}
BY_COLUMNS = {"wo": WEIGHT_AXES, "w_down": WEIGHT_AXES}
KV_CUTS = {"copies": None, "sequence": "context"}  # what cuts a cache within a KV head


class StepShapes(NamedTuple):
    """The arguments of `decode_step`, and how the mesh is laid out."""

    weights: Weights
    ids: Any
    cache: Any
    lengths: Any
    mesh: Mesh


def mesh_axes(spec: ModelSpec, chips: int, *, data: int = 1) -> dict[str, int]:
    """Return the axes of a mesh: replicas, chips with KV heads of their own, chips that share one.

    Chips that do not divide by the replicas, or heads by the rest, raise ValueError.
    """
    whole(data, "data")
    if chips % data:
        raise ValueError(f"{chips} chips do not make {data} replicas: take a divisor of {chips}")
    chips_of_one = chips // data
    kv_share(spec, chips_of_one)  # refuses heads that cannot be dealt out
    heads = min(chips_of_one, spec.n_kv_heads)
    return {"data": data, "tensor": heads, "context": chips_of_one // heads}


def step_shapes(
    spec: ModelSpec,
    mesh: Mesh,
    *,
    weights: str,
    kv: str,
    batch: int,
    context: int,
    kv_cut: str = "copies",
) -> StepShapes:
    """Return the arguments of one step of `batch` sequences with room for `context` tokens each.

    Embedding, head and norms stay at 16 bits; other matrices have a scale a row, a cache of int8
    one for each head of a token. Unknown formats, and what the mesh does not divide: ValueError.
    """
    check_llama(spec)
    for name, value, known in (
        ("weights", weights, WEIGHT_FORMATS),
        ("kv", kv, KV_TYPES),
        ("kv_cut", kv_cut, KV_CUTS),
    ):
        if value not in known:
            raise ValueError(f"{name}={value!r} is none of {', '.join(known)}")
    place = _placer(mesh)
    rows = _divided(batch, "batch", mesh.shape["data"])
    tokens = _divided(context, "context", mesh.shape["context"] if kv_cut == "sequence" else 1)
    return StepShapes(
        _weights(spec, place, weights),
        place((rows,), jnp.int32, "data"),
        _cache(spec, place, kv=kv, sizes=(rows, tokens), kv_cut=kv_cut),
        place((rows,), jnp.int32, "data"),
        mesh,
    )


def held_bytes(tree: Any) -> int:
    """Return what one chip holds of these shapes, without a compiler's padding."""
    bits = 0
    for leaf in jax.tree.leaves(tree):
        each = jnp.iinfo(leaf.dtype).bits if leaf.dtype == jnp.int4 else 8 * leaf.dtype.itemsize
        bits += math.prod(leaf.sharding.shard_shape(leaf.shape)) * each
    return bits // 8


def in_two(shapes: StepShapes) -> StepShapes:
    """Return the same with the layers in two stacks, for `scan_parts`."""

    def parts(tree: Any) -> list[Any]:
        return [jax.tree.map(lambda x, half=half: _layers(x, half), tree) for half in (0, 1)]

    weights = {**shapes.weights, "layers": parts(shapes.weights["layers"])}
    return shapes._replace(weights=weights, cache=parts(shapes.cache))


def _divided(value: int, name: str, pieces: int) -> int:
    if whole(value, name) % pieces:
        raise ValueError(f"{name}={value} does not divide into {pieces} equal parts")
    return value


def _layers(x: Any, half: int) -> jax.ShapeDtypeStruct:
    layers = (x.shape[0] + 1 - half) // 2
    return jax.ShapeDtypeStruct((layers, *x.shape[1:]), x.dtype, sharding=x.sharding)


def _placer(mesh: Mesh) -> Callable[..., jax.ShapeDtypeStruct]:
    def place(shape: tuple[int, ...], dtype: Any, *cuts: Any) -> jax.ShapeDtypeStruct:
        for size, cut in zip(shape, cuts, strict=False):
            names = (cut,) if isinstance(cut, str) else cut or ()
            pieces = math.prod(mesh.shape[name] for name in names)
            if size % pieces:
                raise ValueError(f"an axis of {size} does not divide among {pieces} chips")
        sharding = NamedSharding(mesh, PartitionSpec(*cuts))
        return jax.ShapeDtypeStruct(shape, dtype, sharding=sharding)

    return place


def _weights(spec: ModelSpec, place: Callable[..., Any], stored: str) -> Weights:
    plain, layers = abstract(spec, ACTIVATIONS), spec.n_layers

    def stacked(name: str, shape: tuple[int, ...]) -> Any:
        if len(shape) == 1:
            return place((layers, *shape), ACTIVATIONS)
        cuts = (BY_ROWS.get(name), BY_COLUMNS.get(name))
        dtype = CODES.get(stored, ACTIVATIONS)
        codes = place((layers, *shape), dtype, None, *cuts)
        if stored not in CODES:
            return codes
        return RowScaled(codes, place((layers, shape[0]), ACTIVATIONS, None, cuts[0]))

    tree = {"layers": {n: stacked(n, x.shape) for n, x in plain["layers"][0].items()}}
    tree["embed"] = place(plain["embed"].shape, ACTIVATIONS, WEIGHT_AXES)
    tree["final_norm"] = place(plain["final_norm"].shape, ACTIVATIONS)
    if "lm_head" in plain:
        tree["lm_head"] = place(plain["lm_head"].shape, ACTIVATIONS, WEIGHT_AXES)
    return tree


def _cache(
    spec: ModelSpec, place: Callable[..., Any], *, kv: str, sizes: tuple[int, int], kv_cut: str
) -> Any:
    axes = (spec.n_layers, sizes[0], spec.n_kv_heads, sizes[1])
    cuts = (None, "data", "tensor", KV_CUTS[kv_cut])

    def heads() -> Any:
        codes = place((*axes, spec.d_head), KV_TYPES[kv], *cuts)
        return Int8Heads(codes, place(axes, ACTIVATIONS, *cuts)) if kv == "int8" else codes

    return heads(), heads()
