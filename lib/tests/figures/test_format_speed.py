"""Speed over bf16: each measured point is drawn, above and below the line of bf16."""

import re

import pytest

from tokenworks.cost.product_times import speeds_over_bf16
from tokenworks.figures import speed_by_tokens
from tokenworks.figures.format_speed import CASES


def test_every_measured_point_is_a_dot_in_both_layouts():
    figure = speed_by_tokens()
    points = sum(len(speeds_over_bf16(*case, n=8192, k=8192)) for case in CASES)
    for svg in (figure.wide, figure.narrow):
        assert len(re.findall(r'class="f-1 s-paper"', svg)) == points == 44
        assert svg.count('s-floor dash"') == len(CASES) + 1  # a line of each chart, and the key's


def test_it_says_where_a_format_is_faster_and_where_only_smaller():
    alt = speed_by_tokens().alt
    assert "A100 80GB SXM: INT4 weights only, 2.56 times as fast with 1 token" in alt
    assert "0.88 times as fast with 8,192 tokens (predicted 1)" in alt
    assert "INT8 weights" not in alt


def test_the_source_stands_below_it():
    assert "AIConfigurator" in speed_by_tokens(caption="One matrix.").caption


def test_another_matrix_and_chip_can_be_drawn_and_what_nobody_timed_cannot():
    figure = speed_by_tokens([("b200", "fp8")], n=65536, k=8192)
    assert figure.alt.count("B200") == 1
    with pytest.raises(KeyError, match="nobody timed 3 x 4 in fp8"):
        speed_by_tokens([("b200", "fp8")], n=3, k=4)
