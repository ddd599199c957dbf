"""Formulas of single kernels, by hand and at their limits."""

import pytest

from tokenworks.cost.kernels import (
    KERNEL_FORMATS,
    Rates,
    Work,
    experts_touched,
    floor_seconds,
    matrix_seconds,
    matrix_work,
    summed_seconds,
)
from tokenworks.specs import number_format

PEAK = Rates(1e15, 1e12)


def test_the_work_of_a_product_by_hand():
    work = matrix_work(16, 8192, 4096, form=KERNEL_FORMATS["bfloat16"])
    assert work.flops == 2 * 16 * 8192 * 4096
    assert work.bytes == 2 * (8192 * 4096 + 16 * 4096 + 16 * 8192)
    narrow = matrix_work(1, 100, 10, form=KERNEL_FORMATS["nvfp4"])
    assert narrow.bytes == pytest.approx(1000 * 0.5625 + 10 * 0.5625 + 100 * 2)


def test_weights_with_their_scales_are_those_of_the_formats():
    """A kernel's int4 has no zero points: the format has, 4 bits for 128 weights."""
    for kernel, name in {"nvfp4": "nvfp4", "w4a16_mxfp4": "mxfp4", "fp8": "fp8"}.items():
        assert KERNEL_FORMATS[kernel].weight_bytes == number_format(name).bytes_per_value
    with_zeros = number_format("int4-g128").bytes_per_value
    assert KERNEL_FORMATS["int4_wo"].weight_bytes == with_zeros - 0.5 / 128


def test_the_floor_is_the_larger_and_expected_adds_the_launch():
    moving, multiplying = Work(1e9, 1e9), Work(1e13, 1e9)
    assert floor_seconds(moving, PEAK) == pytest.approx(1e-3)
    assert floor_seconds(multiplying, PEAK) == pytest.approx(1e-2)
    half = Rates(0.5e15, 0.5e12, 3e-6)
    assert matrix_seconds(multiplying, half) == pytest.approx(2e-2 + 3e-6)
    assert summed_seconds(multiplying, half) == pytest.approx(2e-2 + 2e-3 + 3e-6)


def test_experts_touched_at_its_ends():
    assert experts_touched(256, 8, 1) == pytest.approx(8)
    assert experts_touched(256, 8, 1000) == pytest.approx(256)
    assert 8 * 16 * 0.7 < experts_touched(256, 8, 16) < 8 * 16  # some are drawn twice
