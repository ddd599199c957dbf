import ml_dtypes
import numpy as np
import pytest

from tokenworks.quantization import encode_blocks, normal_float_levels
from tokenworks.specs import number_format

NAMES = ("mxfp8", "mxfp4", "nvfp4", "nf4")


def drawn(rows=8, values=128, seed=0):
    rng = np.random.default_rng(seed)
    spread = np.exp2(rng.integers(-6, 6, (rows, values // 16)).repeat(16, axis=1))
    return (rng.normal(size=(rows, values)) * spread).astype(np.float32)


def mx(values, dtype, largest_exponent):
    """Written out with ml_dtypes: the block's power of two, then the cast, saturated."""
    blocks = values.reshape(-1, 32)
    exponent = np.floor(np.log2(np.abs(blocks).max(axis=1, keepdims=True))) - largest_exponent
    scale = np.exp2(exponent).astype(ml_dtypes.float8_e8m0fnu).astype(np.float32)
    most = float(ml_dtypes.finfo(dtype).max)
    found = np.clip(blocks / scale, -most, most).astype(dtype).astype(np.float32)
    return (found * scale).reshape(values.shape)


def nvfp4(values):
    blocks = values.reshape(-1, 16)
    second = np.float32(np.abs(values).max() / (6 * 448))
    scale = np.abs(blocks).max(axis=1, keepdims=True) / 6 / second
    scale = scale.astype(ml_dtypes.float8_e4m3fn).astype(np.float32) * second
    ratio = blocks / np.where(scale == 0, np.inf, scale)
    found = np.clip(ratio, -6, 6).astype(ml_dtypes.float4_e2m1fn).astype(np.float32)
    return (found * scale).reshape(values.shape)


def nf4(values):
    blocks = values.reshape(-1, 64)
    scale = np.abs(blocks).max(axis=1, keepdims=True)
    levels = np.array(normal_float_levels(), np.float32)
    nearest = np.abs((blocks / scale)[..., None] - levels).argmin(axis=-1)
    return (levels[nearest] * scale).reshape(values.shape)


ORACLES = {
    "mxfp8": lambda values: mx(values, ml_dtypes.float8_e4m3fn, 8),
    "mxfp4": lambda values: mx(values, ml_dtypes.float4_e2m1fn, 2),
    "nvfp4": nvfp4,
    "nf4": nf4,
}


@pytest.mark.parametrize("name", NAMES)
def test_values_are_those_of_the_casts_of_ml_dtypes(name):
    values = drawn()
    np.testing.assert_array_equal(encode_blocks(values, name).values(), ORACLES[name](values))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_on_the_grid_stays(name):
    once = encode_blocks(drawn(), name).values()
    if name == "nvfp4":  # its scale a tensor is found again only up to rounding
        np.testing.assert_allclose(encode_blocks(once, name).values(), once, rtol=1e-6)
    else:
        np.testing.assert_array_equal(encode_blocks(once, name).values(), once)


@pytest.mark.parametrize("name", NAMES)
def test_zeros_stay_zeros(name):
    values = drawn()
    values[2] = 0
    np.testing.assert_array_equal(encode_blocks(values, name).values()[2], 0)
    np.testing.assert_array_equal(encode_blocks(np.zeros((2, 64)), name).values(), 0)


@pytest.mark.parametrize("name", NAMES)
def test_the_bytes_are_counted_with_the_scales(name):
    found = encode_blocks(drawn(), name)
    second = 4 if name == "nvfp4" else 0
    assert found.bytes == number_format(name).bytes_per_value * found.codes.size + second


def test_a_second_scale_reaches_where_one_of_eight_bits_cannot():
    """A scale in E4M3 alone would be 0 for such values."""
    values = drawn() * np.float32(1e-6)
    found = encode_blocks(values, "nvfp4")
    assert found.tensor_scale < 1e-6
    assert np.abs(found.values() - values).max() < 0.2 * np.abs(values).max()


@pytest.mark.parametrize(
    ("values", "name", "message"),
    [
        (drawn(values=48), "mxfp4", "rows of 48 are no whole number of blocks of 32"),
        (
            drawn(),
            "q4_1",
            r"Q4_1 \(GGUF\) has no blocks of floats; take mxfp8, mxfp4, nvfp4 or nf4",
        ),
        (drawn(), "fp8", "has no blocks of floats"),
        (np.full((1, 32), np.nan, np.float32), "mxfp4", "finite values only"),
    ],
)
def test_what_has_no_blocks_is_refused(values, name, message):
    with pytest.raises(ValueError, match=message):
        encode_blocks(values, name)
