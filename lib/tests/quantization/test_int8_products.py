import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model.layers import linear
from tokenworks.quantization import activation_codes, int8_matmul, int8_matrix, outlier_matrix
from tokenworks.quantization.int8_products import rounded_product


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def error(found, exact):
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


def test_integers_are_summed_in_32_bits_without_rounding():
    rng = np.random.default_rng(0)
    left, right = (rng.integers(-127, 128, shape, np.int8) for shape in ((2, 3, 640), (5, 640)))
    left[0, 0], right[0] = 127, 127  # 10,322,560: more than 16 bits hold
    found = int8_matmul(jnp.asarray(left), jnp.asarray(right))
    assert found.dtype == jnp.int32
    np.testing.assert_array_equal(found, left.astype(np.int64) @ right.astype(np.int64).T)
    assert found[0, 0, 0] == 127 * 127 * 640
    np.testing.assert_array_equal(
        int8_matmul(jnp.asarray(left[0, :1]), jnp.asarray(right)), found[0, :1]
    )


@pytest.mark.parametrize("input_scale", [None, 0.05])
def test_the_product_is_that_of_the_rounded_numbers(input_scale):
    x, weights = drawn(2, 3, 64), drawn(5, 64, seed=1)
    matrix = int8_matrix(weights, input_scale)
    found = np.asarray(linear(jnp.asarray(x), matrix, "highest"))
    np.testing.assert_allclose(found, rounded_product(x, matrix), rtol=1e-5, atol=1e-5)
    assert 0 < error(found, x @ weights.T) < 0.02


def test_each_token_has_its_own_step_or_all_have_one():
    x = jnp.asarray([[1.0, -127.0], [0.01, 0.0], [0.0, 0.0]])
    codes, scales = activation_codes(x)
    assert codes.tolist() == [[1, -127], [127, 0], [0, 0]]
    np.testing.assert_allclose(scales[:2, 0], [1.0, 0.01 / 127], rtol=1e-6)
    shared, _ = activation_codes(x, jnp.float32(0.5))
    assert shared.tolist() == [[2, -127], [0, 0], [0, 0]]  # one is cut off, one vanishes


def test_a_token_of_large_values_ruins_a_shared_scale_and_no_scale_of_other_tokens():
    x, weights = drawn(1, 8, 64), drawn(5, 64, seed=1)
    x[0, 0] *= 1000
    static = int8_matrix(weights, np.abs(x).max() / 127)
    exact = x @ weights.T
    dynamic, fixed = (
        np.asarray(linear(jnp.asarray(x), each, "highest"))
        for each in (int8_matrix(weights), static)
    )
    assert error(dynamic[:, 1:], exact[:, 1:]) < 0.02
    assert error(fixed[:, 1:], exact[:, 1:]) > 0.9  # all of them are rounded to 0, or nearly


def test_a_channel_of_large_values_is_what_outlier_columns_are_for():
    x, weights = drawn(1, 8, 64), drawn(5, 64, seed=1)
    x[..., 7] *= 300
    largest = np.abs(x).max(axis=(0, 1))
    split = outlier_matrix(weights, largest)
    assert split.channels.tolist() == [7]
    np.testing.assert_array_equal(split.columns, weights[:, [7]])
    exact = x @ weights.T
    found = {
        name: error(np.asarray(linear(jnp.asarray(x), matrix, "highest")), exact)
        for name, matrix in {"split": split, "whole": int8_matrix(weights)}.items()
    }
    kept = np.delete(np.arange(64), 7)
    rest = error(x[..., kept] @ weights[:, kept].T, exact)
    assert found["split"] < 0.02 * rest  # as if the channel were not there
    assert found["whole"] > 10 * found["split"]


def test_without_outliers_nothing_is_split_off():
    weights = drawn(5, 64)
    split = outlier_matrix(weights, np.ones(64))
    assert split.columns.shape == (5, 0)
    x = jnp.asarray(drawn(1, 2, 64, seed=2))
    np.testing.assert_array_equal(
        linear(x, split, "highest"), linear(x, int8_matrix(weights), "highest")
    )


def test_steps_and_thresholds_above_zero_are_asked_for():
    with pytest.raises(ValueError, match="input_scale must be a finite number above 0"):
        int8_matrix(drawn(2, 4), 0.0)
    with pytest.raises(ValueError, match="threshold must be a finite number above 0"):
        outlier_matrix(drawn(2, 4), np.ones(4), threshold=0)
