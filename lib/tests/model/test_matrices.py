import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model.cache import advance_all, empty_cache
from tokenworks.model.layers import linear
from tokenworks.model.matrices import (
    Quantized,
    Transposed,
    dequantized,
    quantize,
    quantize_weights,
    transpose_weights,
)
from tokenworks.model.weights import nbytes


def normal(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def test_a_transposed_matrix_multiplies_alike():
    x, weight = normal(2, 3, 4), normal(5, 4, seed=1)
    found = linear(x, Transposed(weight.T), "highest")
    np.testing.assert_allclose(found, linear(x, weight, "highest"), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("bits", [8, 4])
def test_a_quantized_row_is_off_by_half_a_step_at_most(bits):
    weight = normal(6, 10) * jnp.arange(1, 7)[:, None]
    stored = quantize(weight, bits)
    assert stored.integers.dtype == jnp.int8
    assert stored.integers.shape == ((6, 10) if bits == 8 else (6, 5))
    found = dequantized(stored, 10)
    step = np.abs(weight).max(axis=1, keepdims=True) / (2 ** (bits - 1) - 1)
    assert (np.abs(found - weight) <= step / 2 * 1.001).all()
    np.testing.assert_allclose(np.abs(found).max(axis=1), np.abs(weight).max(axis=1), rtol=1e-5)
    x = normal(1, 2, 10, seed=3)
    np.testing.assert_allclose(
        linear(x, stored, "highest"), linear(x, found, "highest"), rtol=1e-5, atol=1e-5
    )


def test_four_bits_hold_every_integer_from_minus_seven_to_seven():
    row = jnp.arange(-7.0, 9.0).at[15].set(7.0)[None]
    np.testing.assert_allclose(dequantized(quantize(row, 4), 16), row, rtol=1e-6)


def test_a_row_of_zeros_stays_zero():
    np.testing.assert_array_equal(dequantized(quantize(jnp.zeros((2, 4)), 4), 4), 0)


@pytest.mark.parametrize(
    ("shape", "bits", "message"),
    [((2, 4), 3, "8 or 4 bits, got 3"), ((2, 5), 4, "a row of 5 is odd")],
)
def test_other_widths_are_refused(shape, bits, message):
    with pytest.raises(ValueError, match=message):
        quantize(jnp.ones(shape), bits)


def scores(tiny, weights):
    ids = np.array([[3, 1, 4, 1, 5]], np.int32)
    return advance_all(weights, tiny.spec, ids, cache=empty_cache(tiny.spec, 5), start=0).logits


def test_a_tree_of_transposed_matrices_runs_the_same_model(tiny):
    turned = transpose_weights(tiny.fused)
    np.testing.assert_allclose(scores(tiny, turned), scores(tiny, tiny.fused), rtol=1e-3, atol=1e-3)
    assert nbytes(turned) == nbytes(tiny.fused) + nbytes(tiny.fused["embed"])


def test_a_quantized_tree_runs_nearly_the_same_model(tiny):
    exact = np.asarray(scores(tiny, tiny.fused))
    errors = [
        np.abs(scores(tiny, quantize_weights(tiny.fused, bits)) - exact).mean() for bits in (8, 4)
    ]
    assert 0 < errors[0] < errors[1]
    assert errors[0] < 0.05 * np.abs(exact).mean()


def test_quantized_layers_take_a_quarter_or_an_eighth_of_float32(tiny):
    whole = nbytes(tiny.fused["layers"])
    for bits, divisor in ((8, 4), (4, 8)):
        quantized = quantize_weights(tiny.fused, bits)
        scales = sum(
            leaf.scales.nbytes
            for leaf in jax.tree.leaves(quantized, is_leaf=lambda x: isinstance(x, Quantized))
            if isinstance(leaf, Quantized)
        )
        norms = 2 * 4 * tiny.spec.d_model * tiny.spec.n_layers
        packed = nbytes(quantized["layers"]) + quantized["lm_head"].scales.nbytes - scales - norms
        assert packed == (whole - norms) // divisor
