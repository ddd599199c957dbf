import jax.numpy as jnp
import numpy as np

from tokenworks.model.cache import advance_all, empty_cache
from tokenworks.model.layers import linear
from tokenworks.model.matrices import Packed, Transposed, transpose_weights, unpacked
from tokenworks.model.weights import nbytes


def normal(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def test_a_transposed_matrix_multiplies_alike():
    x, weight = normal(2, 3, 4), normal(5, 4, seed=1)
    found = linear(x, Transposed(weight.T), "highest")
    np.testing.assert_allclose(found, linear(x, weight, "highest"), rtol=1e-5, atol=1e-6)


def test_a_packed_matrix_multiplies_alike():
    integers = np.random.default_rng(1).integers(-7, 8, (5, 6)).astype(np.int8)
    scales, minimums = np.abs(normal(5, 2, seed=2)), normal(5, 2, seed=3)
    x, by_hand = normal(1, 2, 6, seed=4), integers * scales.repeat(3, axis=1)
    nibbles = (integers[:, :3] & 15) | (integers[:, 3:] << 4)
    for stored in (integers, nibbles):
        np.testing.assert_array_equal(unpacked(Packed(stored, scales), 6), by_hand)
        found = linear(x, Packed(stored, scales), "highest")
        np.testing.assert_allclose(
            found, linear(x, jnp.asarray(by_hand), "highest"), rtol=1e-5, atol=1e-5
        )
    moved = unpacked(Packed(integers, scales, minimums), 6)
    np.testing.assert_allclose(moved, by_hand + minimums.repeat(3, axis=1), rtol=1e-6)


def test_unsigned_nibbles_reach_fifteen():
    stored = np.array([[0xF0, 0x4F]], np.uint8)
    found = unpacked(Packed(stored, np.ones((1, 1), np.float32)), 4)
    assert found.tolist() == [[0.0, 15.0, 15.0, 4.0]]


def scores(tiny, weights):
    ids = np.array([[3, 1, 4, 1, 5]], np.int32)
    return advance_all(weights, tiny.spec, ids, cache=empty_cache(tiny.spec, 5), start=0).logits


def test_a_tree_of_transposed_matrices_runs_the_same_model(tiny):
    turned = transpose_weights(tiny.fused)
    np.testing.assert_allclose(scores(tiny, turned), scores(tiny, tiny.fused), rtol=1e-3, atol=1e-3)
    assert nbytes(turned) == nbytes(tiny.fused) + nbytes(tiny.fused["embed"])
