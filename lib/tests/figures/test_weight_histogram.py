"""A histogram of weights: all of them counted, the farthest told, the levels at their places."""

import re

import pytest

from tokenworks.figures import weights_and_levels

WEIGHTS = [i / 100 for i in range(-50, 51)] * 20 + [3.0]
LEVELS = {"one scale": [-3, 0, 3], "a group": [-0.5, 0, 0.5]}


def test_every_bin_with_a_weight_has_a_bar_and_every_level_a_stroke():
    figure = weights_and_levels(WEIGHTS, LEVELS, title="A layer")
    for svg, bins in ((figure.wide, 121), (figure.narrow, 61)):
        edge = 3.0 * 1.04
        filled = {int((w + edge) / (2 * edge) * bins) for w in WEIGHTS}
        bars = re.search(r'<path d="([^"]+z)" class="f-weights"', svg)
        assert bars is not None
        assert bars[1].count("M") == len(filled)
        assert len(re.findall(r"v14", svg)) == 6


def test_the_farthest_weight_is_told_in_standard_deviations():
    figure = weights_and_levels(WEIGHTS, LEVELS, title="A layer")
    assert "2,021 weights" in figure.alt
    assert "farthest: 3, 10 standard deviations" in figure.alt
    left = weights_and_levels([-w for w in WEIGHTS], LEVELS, title="A layer")
    assert "farthest: -3" in left.alt


def test_equal_weights_are_refused():
    with pytest.raises(ValueError, match="two different weights"):
        weights_and_levels([0.5] * 9, {}, title="A layer")
