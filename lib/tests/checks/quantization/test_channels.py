from itertools import islice

import numpy as np
import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.quantization.channels import spared
from tokenworks.quantization import Grid, round_to_nearest

CASES = (*spared.cases, *islice(drawn_cases(spared, "same"), 100))


def test_the_row_is_what_the_library_rounds_between_the_scales():
    for weights, scales, bits in CASES:
        grid = Grid(bits, symmetric=True, scale_bits=32)
        found = round_to_nearest(np.multiply([weights], scales), grid).values()[0]
        assert spared(weights, scales, bits) == pytest.approx(found / scales)


def test_scales_alone_change_nothing():
    """The identity that the method stands on: W·x = (W·s)·(x / s)."""
    rng = np.random.default_rng(4)
    for weights, scales, _ in CASES:
        x = rng.normal(size=len(weights))
        assert np.multiply(weights, scales) @ (x / scales) == pytest.approx(np.dot(weights, x))


def test_a_spared_channel_errs_less_on_the_whole():
    better = 0
    for weights, _, bits in islice(drawn_cases(spared, "gain"), 200):
        at = int(np.argmin(np.abs(weights)))
        scales = [2.0 if i == at else 1.0 for i in range(len(weights))]
        ways = (scales, [1.0] * len(weights))
        off, before = (abs(spared(weights, way, bits)[at] - weights[at]) for way in ways)
        better += (off < before - 1e-12) - (off > before + 1e-12)
    assert better > 20
