from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from kernels.drawn import needs_compiler

from tokenworks.quantization import Grid, int8_matmul, low_bit_matmul, round_to_nearest
from tokenworks.quantization.low_bit_pallas import operands, widened_product
from tokenworks.tpu import compile_for

OUT, IN = 14336, 4096  # a gate of Llama 3 8B: 117.4 MB in bfloat16


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("kind", [{"symmetric": True}, {}], ids=str)
@pytest.mark.parametrize("group", [128, 32, "channel", "tensor"])
@pytest.mark.parametrize("bits", [8, 4])
def test_the_kernel_is_the_product_with_the_widened_matrix(bits, group, kind):
    """Of whole tiles and of a part of one; the values are those that the codes stand for."""
    matrix = round_to_nearest(drawn(300, 256, seed=1), Grid(bits, group, **kind))
    codes, scales, minimums = operands(matrix)
    x = jnp.asarray(drawn(3, 256))
    found = low_bit_matmul(x, codes, scales, minimums=minimums, tile=128)
    oracle = widened_product(x, codes, scales, minimums=minimums)
    np.testing.assert_allclose(found, oracle, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(found, x @ matrix.values().T, rtol=1e-4, atol=1e-4)


def test_rows_in_bfloat16_are_summed_in_float32():
    matrix = round_to_nearest(drawn(128, 512, seed=1), Grid(4, 128))
    codes, scales, minimums = operands(matrix)
    x = jnp.asarray(drawn(2, 512), jnp.bfloat16)
    found = low_bit_matmul(x, codes, scales, minimums=minimums)
    oracle = widened_product(x, codes, scales, minimums=minimums)
    assert found.dtype == jnp.bfloat16
    # One rounding of the result to 8 bits, and one of widened · x in each group.
    np.testing.assert_allclose(found.astype(jnp.float32), oracle, rtol=2**-7, atol=0.1)


@pytest.mark.parametrize("tile", [1, 100, 128, 1000])
def test_the_tile_changes_nothing(tile):
    matrix = round_to_nearest(drawn(200, 64, seed=1), Grid(8, 32))
    codes, scales, minimums = operands(matrix)
    x = jnp.asarray(drawn(2, 64))
    found = low_bit_matmul(x, codes, scales, minimums=minimums, tile=tile)
    oracle = widened_product(x, codes, scales, minimums=minimums)
    np.testing.assert_allclose(found, oracle, rtol=1e-5, atol=1e-4)


def test_what_the_kernel_cannot_take_is_refused():
    x, scales = jnp.ones((1, 96)), jnp.ones((4, 1))
    with pytest.raises(ValueError, match="codes are int8 or int4, got int16"):
        low_bit_matmul(x, jnp.ones((4, 96), jnp.int16), scales)
    with pytest.raises(ValueError, match="5 groups do not divide a row of 96"):
        low_bit_matmul(x, jnp.ones((4, 96), jnp.int8), jnp.ones((4, 5)))
    with pytest.raises(ValueError, match="got 3 bits"):
        operands(round_to_nearest(drawn(4, 96), Grid(3)))
    codes = jnp.zeros((1024, 2**15), jnp.int8)
    with pytest.raises(ValueError, match=r"36,.* bytes of VMEM.*: the largest is 128"):
        low_bit_matmul(jnp.ones((1, 2**15)), codes, jnp.ones((1024, 1)))


def shapes(rows, dtype, groups):
    shape = jax.ShapeDtypeStruct
    scales = shape((OUT, groups), jnp.bfloat16)
    return shape((rows, IN), jnp.bfloat16), shape((OUT, IN), dtype), scales


@needs_compiler
@pytest.mark.parametrize("groups", [1, 32])
@pytest.mark.parametrize(("dtype", "bits"), [(jnp.int8, 8), (jnp.int4, 4)])
def test_on_a_v5e_the_kernel_reads_the_bits_and_no_floats(dtype, bits, groups):
    kernel = partial(low_bit_matmul, tile=256, interpret=False)
    got = compile_for(kernel, *shapes(8, dtype, groups))
    codes, scales, rows = OUT * IN * bits // 8, 2 * OUT * groups, 2 * 8 * (IN + OUT)
    assert got.vmem_bytes < 2**22
    assert got.kernels == 1
    assert got.temp_bytes == 0  # nothing is widened outside of the kernel
    assert got.argument_bytes == pytest.approx(codes + scales + 2 * 8 * IN, rel=0.001)
    assert got.hbm_bytes == pytest.approx(codes + scales + rows, rel=0.002)


@needs_compiler
@pytest.mark.parametrize(
    ("dtype", "megabytes"), [(jnp.bfloat16, 117.5), (jnp.int8, 59.2), (jnp.int4, 29.9)]
)
def test_without_a_kernel_the_compiler_fuses_the_widening_too(dtype, megabytes):
    """For one row: its own sum of bytes accessed is that of the weights as they are stored."""

    def product(x, codes, scales):
        wide = jnp.einsum("bi,oi->bo", x, codes.astype(x.dtype), preferred_element_type=jnp.float32)
        return wide * scales[:, 0].astype(jnp.float32)

    got = compile_for(product, *shapes(1, dtype, 1))
    assert got.bytes_accessed is not None
    assert got.bytes_accessed / 1e6 == pytest.approx(megabytes, abs=0.5)
    assert got.hbm_bytes == pytest.approx(got.argument_bytes, rel=0.005)


@needs_compiler
def test_integers_meet_integers_on_the_matrix_unit():
    left, right = (jax.ShapeDtypeStruct(shape, jnp.int8) for shape in ((256, IN), (OUT, IN)))
    got = compile_for(int8_matmul, left, right)
    assert got.argument_bytes == (256 + OUT) * IN
    assert got.output_bytes == 4 * 256 * OUT
    assert got.temp_bytes == 0
