from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.prefill_decode.cost import (
    longest_gap_seconds,
    output_over_input,
    output_share,
)
from tokenworks.cost.step_time import compute_seconds, decode_step_seconds


def test_an_output_token_agrees_with_the_cost_model():
    drawn = islice(drawn_cases(output_over_input, "same"), 50)
    for weights, kv, bytes_per_s, flops, flops_per_s, users in (*output_over_input.cases, *drawn):
        read = decode_step_seconds(weights + users * kv, bytes_per_s)
        step = max(read, compute_seconds(users * flops, flops_per_s))
        wanted = step / users / compute_seconds(flops, flops_per_s)
        found = output_over_input(weights, kv, bytes_per_s, flops, flops_per_s, users)
        assert found == pytest.approx(wanted)


def test_an_output_token_costs_an_input_token_only_when_arithmetic_limits_both():
    cheap = output_over_input(15e9, 0.001e9, 3.35e12, 15e9, 989e12, 600)
    assert cheap == pytest.approx(1)
    assert output_over_input(139e9, 0.34e9, 4.078e12, 139e9, 624e12, 1) > 150


def test_drawn_steps_meet_both_limits():
    ratios = [output_over_input(*c) for c in islice(drawn_cases(output_over_input, "both"), 100)]
    assert 10 < sum(ratio == pytest.approx(1) for ratio in ratios) < 90


def test_a_stall_is_the_chunk_and_the_step():
    assert longest_gap_seconds(2.0, 8000, 2000, 0.05) == pytest.approx(0.55)
    assert longest_gap_seconds(0.2, 500, 2048, 0.034) == pytest.approx(0.234)


def test_the_shares_of_input_and_output_add_up():
    assert output_share(3000, 5500, 250, 0.1, 5) == pytest.approx(1250 / 4800)
