import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model.matrices import StoredMatrix
from tokenworks.quantization.scaled_rows import int8_heads, row_scaled

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(size=(24, 32)).astype(np.float32)
WEIGHTS[3] = 0
X = jnp.asarray(RNG.normal(size=(2, 3, 32)), jnp.float32)


def wide(matrix):
    return np.asarray(matrix.codes, np.float64) * np.asarray(matrix.scales, np.float64)[:, None]


@pytest.mark.parametrize(("stored", "off"), [("int8", 0.5), ("int4", 0.5), ("fp8", 16)])
def test_a_matrix_multiplies_as_the_numbers_that_it_stands_for(stored, off):
    matrix = row_scaled(WEIGHTS, stored, jnp.float32)
    assert isinstance(matrix, StoredMatrix)
    assert np.abs(wide(matrix) - WEIGHTS).max() <= off * 1.001 * float(matrix.scales.max())
    np.testing.assert_allclose(
        matrix.product(X, "highest"), X @ wide(matrix).T, rtol=1e-5, atol=1e-5
    )


def test_another_format_is_refused():
    with pytest.raises(ValueError, match="stored in int8, int4, fp8, not 'int3'"):
        row_scaled(WEIGHTS, "int3", jnp.float32)


def test_each_head_of_a_token_has_its_own_scale():
    heads = jnp.asarray(RNG.normal(size=(2, 4, 2, 8)), jnp.float32)
    found = int8_heads(heads, jnp.float32)
    assert (found.codes.dtype, found.scales.shape) == (jnp.int8, (2, 4, 2))
    assert np.abs(found.codes).max(axis=-1).min() == 127
    np.testing.assert_allclose(found.codes * found.scales[..., None], heads, atol=0.02)
    again = found.rounded(heads)
    np.testing.assert_array_equal(again.codes, found.codes)
