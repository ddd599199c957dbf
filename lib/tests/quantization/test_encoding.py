import numpy as np
import pytest

from quantization.test_element_types import DTYPES
from tokenworks.quantization import decode, element, encode, rounded

FLOATS = ("fp16", "bf16", "e4m3", "e5m2", "e2m1")


def bits(array):
    return array.view(np.uint16 if array.dtype.itemsize == 2 else np.uint8)


@pytest.mark.parametrize("name", FLOATS)
def test_rounding_is_that_of_ml_dtypes(name):
    one, rng = element(name), np.random.default_rng(0)
    sizes = np.exp2(rng.uniform(np.log2(one.smallest) - 2, np.log2(one.largest), 20_000))
    values = (sizes * rng.choice([-1, 1], sizes.size)).astype(np.float32)
    np.testing.assert_array_equal(encode(values, name), bits(values.astype(DTYPES[name])))


@pytest.mark.parametrize("name", FLOATS)
def test_ties_go_to_the_even_code(name):
    finite = np.array(element(name).values(), np.float64)
    midway = (finite[1:] + finite[:-1]) / 2
    np.testing.assert_array_equal(
        rounded(midway, name), midway.astype(DTYPES[name]).astype(np.float32)
    )


@pytest.mark.parametrize("name", [*DTYPES, "nf4"])
def test_every_finite_code_comes_back(name):
    one = element(name)
    codes = np.arange(2**one.bits, dtype=np.uint16 if one.bits == 16 else np.uint8)
    values = decode(codes, one)
    kept = np.isfinite(values)
    np.testing.assert_array_equal(encode(values[kept], one), codes[kept])
    assert values.dtype == np.float32


@pytest.mark.parametrize("name", [*FLOATS, "int8", "int4", "nf4"])
def test_beyond_the_largest_value_is_the_largest_value(name):
    one = element(name)
    found = rounded(np.array([1e30, -1e30]) * (1e9 if one.bits == 16 else 1), name)
    assert found[0] == np.float32(one.largest)
    assert found[1] == min(one.values())


def test_float32_passes_through():
    values = np.array([1.5, -0.1, 3e-40, 3e38, -0.0], np.float32)
    np.testing.assert_array_equal(encode(values, "fp32"), values.view(np.uint32))
    np.testing.assert_array_equal(decode(values.view(np.uint32), "fp32"), values)


def test_a_power_of_two_is_the_one_below():
    assert rounded(np.array([1.0, 1.99, 0.24, 3e38]), "e8m0").tolist() == [
        1.0,
        1.0,
        0.125,
        2.0**127,
    ]
    assert encode(np.zeros(1), "e8m0").tolist() == [0]


def test_nothing_is_encoded_that_is_not_finite():
    with pytest.raises(ValueError, match="FP8 E4M3 is given to finite values only"):
        encode(np.array([1.0, np.nan]), "e4m3")
