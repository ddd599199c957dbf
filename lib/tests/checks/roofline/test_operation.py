from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.roofline.operation import attainable, busy_share, matmul_intensity
from tokenworks.cost.roofline import attainable_flops_per_s, matmul_operation, operation_seconds


def test_the_lower_roof_counts():
    assert attainable(10.0, 10.0, 100.0, 20.0) == 20
    assert attainable(90.0, 10.0, 100.0, 20.0) == 100


def test_the_roof_agrees_with_the_cost_model():
    for case in (*attainable.cases, *islice(drawn_cases(attainable, "same"), 50)):
        flops, moved_bytes, flops_per_s, bytes_per_s = case
        rates = {"flops_per_s": flops_per_s, "bytes_per_s": bytes_per_s}
        wanted = attainable_flops_per_s(flops / moved_bytes, **rates)
        assert attainable(*case) == pytest.approx(wanted)


def test_intensity_counts_rows_in_and_out():
    assert matmul_intensity(1, 2, 2, 1, 1) == 1
    # 2*512*8192*8192 operations on 134.2 MB of weights and 16.8 MB of activations
    assert matmul_intensity(512, 8192, 8192, 2, 2) == pytest.approx(512 / (1 + 2 * 512 / 8192))


def test_intensity_agrees_with_the_cost_model():
    for case in (*matmul_intensity.cases, *islice(drawn_cases(matmul_intensity, "same"), 50)):
        *shape, weight, activation = case
        product = matmul_operation(*shape, bytes_per_param=weight, bytes_per_activation=activation)
        assert matmul_intensity(*case) == pytest.approx(product.intensity)


def test_the_busy_share_ends_at_one():
    assert busy_share(1, 2, 2, 100, 200) == 1
    # the 8192 square layer of the chapter on an H100: 0.34 % at one row, full from 319 rows on
    assert busy_share(1, 8192, 8192, 989.4e12, 3.35e12) == pytest.approx(0.003385, rel=1e-3)
    assert busy_share(318, 8192, 8192, 989.4e12, 3.35e12) < 1
    assert busy_share(319, 8192, 8192, 989.4e12, 3.35e12) == 1


def test_the_busy_share_agrees_with_the_cost_model():
    for case in (*busy_share.cases, *islice(drawn_cases(busy_share, "same"), 50)):
        *shape, flops_per_s, bytes_per_s = case
        layer = matmul_operation(*shape)
        seconds = operation_seconds(layer, flops_per_s=flops_per_s, bytes_per_s=bytes_per_s)
        assert busy_share(*case) == pytest.approx(layer.flops / flops_per_s / seconds)
