from itertools import islice

import numpy as np
import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.quantization.grids import bits_a_weight, scale_and_zero
from tokenworks.quantization import Grid, round_to_nearest
from tokenworks.specs import number_formats


def test_scale_and_zero_point_are_the_librarys():
    for weights, bits in (
        *scale_and_zero.cases,
        *islice(drawn_cases(scale_and_zero, "same"), 100),
    ):
        found = round_to_nearest(np.array([weights]), Grid(bits, zero_point=True, scale_bits=32))
        scale, zero = scale_and_zero(weights, bits)
        assert found.scales[0, 0] == pytest.approx(scale)
        assert found.minimums is not None
        assert found.minimums[0, 0] == pytest.approx(-zero * scale)


def test_some_groups_have_to_be_extended_to_zero_on_either_side():
    drawn = [weights for weights, _ in islice(drawn_cases(scale_and_zero, "ends"), 200)]
    assert 5 < sum(min(weights) > 0 for weights in drawn) < 80
    assert 5 < sum(max(weights) < 0 for weights in drawn) < 80


def test_the_bits_of_a_weight_are_those_of_the_formats():
    for kind in number_formats():
        if kind.group:
            shared = (kind.scale_bits, kind.zero_bits)
            found = bits_a_weight(10 * kind.group, kind.bits, kind.group, *shared)
            assert found == pytest.approx(8 * kind.bytes_per_value)


def test_some_rows_end_in_a_shorter_group():
    drawn = list(islice(drawn_cases(bits_a_weight, "ends"), 100))
    assert 10 < sum(inputs % group == 0 for inputs, _, group, *_ in drawn) < 60
