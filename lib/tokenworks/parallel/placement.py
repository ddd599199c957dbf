"""Which part of each weight a device holds: the cuts of Megatron, by the names of the tensors.

A matrix [out, in] is cut by rows where each device makes some of the outputs, and by columns where
each has some of the inputs and the products are added up. The two follow each other, so that
nothing is exchanged in between. Source: https://arxiv.org/abs/1909.08053, section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from tokenworks.architecture import ModelSpec
from tokenworks.model.forward_pass import Driver, loop, scan
from tokenworks.model.weights import FUSED, Weights, split
from tokenworks.parallel.placed_shapes import BY_COLUMNS, BY_ROWS

KV_ROWS = {"wk", "wv"}
TABLES = {"embed", "lm_head"}
Axes = tuple[str, ...]


def weight_cuts(weights: Weights, *, axes: Axes, kv_axes: Axes, stages: str | None = None) -> Any:
    """Return a PartitionSpec for each weight: by `axes`, keys and values by `kv_axes`.

    `stages` is the axis that divides stacked layers, where one does.
    """
    stacked = () if isinstance(weights["layers"], list) else (stages,)

    def cut(path: Any, _: Any) -> PartitionSpec:
        names = [str(getattr(part, "key", "")) for part in path]
        lead = stacked if "layers" in names else ()
        if names[-1] in KV_ROWS:
            return PartitionSpec(*lead, kv_axes)
        if names[-1] in BY_ROWS.keys() | TABLES:
            return PartitionSpec(*lead, axes)
        by_columns = names[-1] in BY_COLUMNS
        return PartitionSpec(*lead, None, axes) if by_columns else PartitionSpec(*lead)

    return jax.tree_util.tree_map_with_path(cut, weights)


def driver_of(weights: Weights) -> Driver:
    """Return what runs these layers: a loop over a list, a scan over a stacked tree."""
    return loop if isinstance(weights["layers"], list) else scan


def unfused(weights: Weights, spec: ModelSpec) -> Weights:
    """Return the weights with every matrix by itself: a fused one's rows would be cut wrongly."""
    layers = weights["layers"]
    first = layers[0] if isinstance(layers, list) else layers
    if not FUSED.keys() & first.keys():
        return weights
    if not isinstance(layers, list):
        raise ValueError("stacked layers must not be fused: pass stack(lm.weights)")
    return split(weights, spec)


def place(tree: Any, mesh: Mesh, cuts: Any) -> Any:
    """Put each device's part of every array on it; every process needs the whole arrays."""

    def put(array: Any, cut: PartitionSpec) -> jax.Array:
        whole = np.asarray(array)
        pick: Callable[[Any], Any] = whole.__getitem__
        return jax.make_array_from_callback(whole.shape, NamedSharding(mesh, cut), pick)

    return jax.tree.map(put, tree, cuts)
