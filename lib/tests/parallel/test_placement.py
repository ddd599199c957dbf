import numpy as np
import pytest
from jax.sharding import PartitionSpec

from parallel.drawn import SMALL, drawn_weights, mesh_of
from tokenworks.model import nbytes, stack
from tokenworks.model.forward_pass import loop, scan
from tokenworks.model.weights import fuse
from tokenworks.parallel.placement import driver_of, place, unfused, weight_cuts

HEADS = ("tensor",)


def test_matrices_are_cut_as_megatron_cuts_them():
    cuts = weight_cuts(drawn_weights(), axes=HEADS, kv_axes=HEADS)
    rows, columns, whole = PartitionSpec(HEADS), PartitionSpec(None, HEADS), PartitionSpec()
    assert cuts["layers"][0] == {
        **dict.fromkeys(("wq", "wk", "wv", "w_gate", "w_up"), rows),
        **dict.fromkeys(("wo", "w_down"), columns),
        **dict.fromkeys(("attn_norm", "ffn_norm"), whole),
    }
    assert (cuts["embed"], cuts["lm_head"], cuts["final_norm"]) == (rows, rows, whole)


def test_stacked_layers_are_also_divided_among_stages():
    cuts = weight_cuts(stack(drawn_weights()), axes=HEADS, kv_axes=(), stages="pipeline")
    assert cuts["layers"]["w_down"] == PartitionSpec("pipeline", None, HEADS)
    assert cuts["layers"]["wk"] == PartitionSpec("pipeline", ())
    assert cuts["layers"]["ffn_norm"] == PartitionSpec("pipeline")
    assert cuts["embed"] == PartitionSpec(HEADS)


def test_a_device_holds_its_part_and_no_more():
    weights = drawn_weights()
    placed = place(weights, mesh_of(tensor=2), weight_cuts(weights, axes=HEADS, kv_axes=HEADS))
    parts = [shard.data for shard in placed["layers"][1]["w_down"].addressable_shards]
    assert np.array_equal(np.concatenate(parts, axis=1), weights["layers"][1]["w_down"])
    norms = (2 * SMALL.n_layers + 1) * SMALL.d_model * 4  # on every device
    held = sum(array.addressable_shards[0].data.nbytes for array in _leaves(placed))
    assert held == (nbytes(weights) - norms) / 2 + norms


def _leaves(weights):
    layers = [array for layer in weights["layers"] for array in layer.values()]
    return [*layers, *(array for name, array in weights.items() if name != "layers")]


def test_fused_matrices_are_taken_apart_before_they_are_cut():
    weights = drawn_weights()
    apart = unfused(fuse(weights), SMALL)
    assert np.array_equal(apart["layers"][0]["wk"], weights["layers"][0]["wk"])
    assert unfused(weights, SMALL) is weights
    with pytest.raises(ValueError, match="stacked layers must not be fused"):
        unfused(stack(fuse(weights)), SMALL)


def test_the_driver_follows_the_tree():
    assert driver_of(drawn_weights()) is loop
    assert driver_of(stack(drawn_weights())) is scan
