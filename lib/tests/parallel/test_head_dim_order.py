import jax.numpy as jnp
import numpy as np

from parallel.drawn import SMALL, drawn_weights
from tokenworks.model import stack
from tokenworks.parallel.head_dim_order import by_slices, slice_rows


def test_a_slice_has_both_halves_of_its_pairs_of_every_head():
    """Two heads of eight dimensions in two slices: pairs (0, 4), (1, 5) and (2, 6), (3, 7)."""
    rows = jnp.arange(16.0)[:, None]
    ordered = slice_rows(rows, 2, d_head=8, slices=2)[:, 0]
    assert ordered.tolist() == [0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15]


def test_parts_of_tensor_parallelism_keep_their_heads():
    rows = jnp.arange(16.0)[:, None]
    ordered = slice_rows(rows, 1, d_head=8, slices=2)[:, 0]
    assert ordered.tolist() == [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]


def test_a_stack_is_ordered_layer_by_layer_and_one_slice_not_at_all():
    weights = drawn_weights()
    listed = by_slices(weights, SMALL, tensor=2, slices=4)
    stacked = by_slices(stack(weights), SMALL, tensor=2, slices=4)
    for name, array in stacked["layers"].items():
        assert np.array_equal(array[1], listed["layers"][1][name])
    assert not np.array_equal(listed["layers"][0]["wo"], weights["layers"][0]["wo"])
    assert by_slices(weights, SMALL, tensor=2, slices=1) is weights
