"""Bits drawn to scale: as many cells as bits, and the share of the scales beside them."""

import re

import pytest

from tokenworks.figures import BitLayout, bit_layout, format_bits
from tokenworks.quantization import elements
from tokenworks.specs import number_formats

BF16 = BitLayout("BF16", sign=1, exponent=8, mantissa=7)
NVFP4 = BitLayout("NVFP4", sign=1, exponent=2, mantissa=1, shared=8 / 16)
Q4_1 = BitLayout("Q4_1", code=4, shared=1.0)


def cells(svg, fill):
    """Return how many cells of a colour a drawing has, its key apart."""
    return sum(d.count("M") for d in re.findall(rf'<path d="([^"]+)" class="f-{fill}"', svg))


def test_a_cell_is_a_bit():
    figure = format_bits([BF16, NVFP4, Q4_1])
    for svg in (figure.wide, figure.narrow):
        found = {name: cells(svg, fill) for name, fill in zip("semcx", "42135", strict=True)}
        assert found == {"s": 2, "e": 10, "m": 8, "c": 4, "x": 2}


def test_scales_are_counted_in_the_bits_of_a_value():
    assert (BF16.bits, NVFP4.bits, Q4_1.bits) == (16, 4.5, 5)
    alt = format_bits([NVFP4]).alt
    assert "NVFP4: 4.5 bits (sign 1, exponent 2, mantissa 1, scales 0.5)" in alt


def test_the_bars_are_to_scale():
    svg = format_bits([BF16, NVFP4]).wide
    share = re.findall(r'd="M[\d.]+ [\d.]+h([\d.]+)v21', svg)
    cell = re.findall(r'class="f-2"', svg) and re.findall(r"h([\d.]+)v21\.0", svg)
    assert float(share[-1]) == pytest.approx((float(cell[0]) + 1) / 2, abs=0.1)


@pytest.mark.parametrize("kind", number_formats(), ids=lambda kind: kind.name)
def test_a_format_has_the_bits_of_its_row(kind):
    found = bit_layout(kind.name)
    assert found.label == kind.label
    assert found.bits == pytest.approx(8 * kind.bytes_per_value)
    assert found.bits - found.shared == kind.bits


def test_the_known_layouts():
    assert bit_layout("bf16") == BF16
    assert bit_layout("nvfp4") == NVFP4
    assert bit_layout("e5m2") == BitLayout("FP8 E5M2", sign=1, exponent=5, mantissa=2)
    assert bit_layout("q4_1") == BitLayout("Q4_1 (GGUF)", code=4, shared=1)
    floats = {one.name: one.bits for one in elements() if one.kind == "float"}
    assert {name: bit_layout(name).bits for name in floats} == floats
    with pytest.raises(KeyError, match="unknown element 'fp5'"):
        bit_layout("fp5")


def test_formats_are_needed():
    for rows in ([], [BitLayout("nothing")]):
        with pytest.raises(ValueError, match="at least one format, and bits in each"):
            format_bits(rows)
