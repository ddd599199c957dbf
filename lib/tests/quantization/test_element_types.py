import math

import ml_dtypes
import numpy as np
import pytest

from tokenworks.quantization import element, elements, normal_float_levels

# What ml_dtypes and NumPy call them.
DTYPES = {
    "fp16": np.float16,
    "bf16": ml_dtypes.bfloat16,
    "e4m3": ml_dtypes.float8_e4m3fn,
    "e5m2": ml_dtypes.float8_e5m2,
    "e2m1": ml_dtypes.float4_e2m1fn,
    "e8m0": ml_dtypes.float8_e8m0fnu,
    "int8": np.int8,
    "int4": ml_dtypes.int4,
    "int2": ml_dtypes.int2,
}
# bitsandbytes, csrc/kernels.cu; its table was computed in float32.
NF4 = (
    *(-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453),
    *(-0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0),
    *(0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224),
    *(0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0),
)


@pytest.mark.parametrize("name", DTYPES)
def test_every_code_stands_for_what_ml_dtypes_says(name):
    one = element(name)
    codes = np.arange(2**one.bits, dtype=np.uint16 if one.bits == 16 else np.uint8)
    with np.errstate(invalid="ignore"):  # signalling NaNs
        theirs = codes.view(DTYPES[name]).astype(np.float64)
    np.testing.assert_array_equal([one.value(int(code)) for code in codes], theirs)


@pytest.mark.parametrize("name", ["fp32", "fp16", "bf16", "e4m3", "e5m2", "e2m1"])
def test_range_and_steps_of_a_float(name):
    one = element(name)
    info = ml_dtypes.finfo(DTYPES.get(name, np.float32))
    assert one.largest == float(info.max)
    assert one.smallest_normal == float(info.smallest_normal)
    assert one.smallest == float(info.smallest_subnormal)
    assert (one.exponent_bits, one.mantissa_bits) == (info.nexp, info.nmant)
    assert one.sign_bits == 1


@pytest.mark.parametrize(
    ("name", "largest", "smallest", "count"),
    [
        ("e4m3", 448.0, 2**-9, 253),  # 256 codes less 2 NaN and a second zero
        ("e5m2", 57344.0, 2**-16, 247),
        ("e2m1", 6.0, 0.5, 15),
        ("e8m0", 2.0**127, 2.0**-127, 255),
        ("int8", 127.0, 1.0, 256),
        ("int2", 1.0, 1.0, 4),
        ("nf4", 1.0, NF4[8], 16),
    ],
)
def test_published_ranges(name, largest, smallest, *, count):
    one = element(name)
    assert (one.largest, len(one.values())) == (largest, count)
    assert one.smallest == pytest.approx(smallest, rel=1e-6)


def test_a_pattern_of_four_bits_by_hand():
    assert element("e2m1").values()[7:] == [0, 0.5, 1, 1.5, 2, 3, 4, 6]
    assert element("e2m1").value(0b1101) == -3.0
    assert element("int4").value(0b1101) == -3.0
    assert math.isnan(element("e4m3").value(0x7F))
    assert element("e5m2").value(0xFC) == -math.inf


def test_nf4_is_the_table_of_bitsandbytes():
    np.testing.assert_allclose(normal_float_levels(), NF4, atol=3e-7)


def test_bits_add_up():
    for one in elements():
        if one.kind in ("float", "power"):
            assert one.sign_bits + one.exponent_bits + one.mantissa_bits == one.bits
        assert one.largest > 0


def test_what_cannot_be_listed_or_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="a code must be a whole number from 0 to 15, got 16"):
        element("e2m1").value(16)
    with pytest.raises(ValueError, match="from 1 to 16, got 32"):
        element("fp32").values()
    with pytest.raises(KeyError, match="unknown element 'e4m4'; known, closest first: e4m3"):
        element("e4m4")
