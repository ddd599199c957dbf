"""Lines through timed messages: the constants that made them, and where one line gives way."""

import random

import pytest

from tokenworks.cost.alpha_beta import (
    Line,
    Stretch,
    expected_all_reduce_seconds,
    fit_line,
    held_out_error,
    off,
    stretches,
)

SIZES = [2.0**power for power in range(8, 31)]
SMALL, LARGE = Line(5e-6, 1 / 1e11), Line(4e-5, 1 / 3e11)


def timed(line, sizes):
    return [(size, line.seconds(size)) for size in sizes]


def test_an_all_reduce_by_hand():
    alpha_beta = {"latency_seconds": 5e-6, "bytes_per_s": 3e11}
    assert expected_all_reduce_seconds(1e6, 4, **alpha_beta) == pytest.approx(1e-5)
    assert expected_all_reduce_seconds(1e6, 1, **alpha_beta) == 0.0


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "8", None])
def test_impossible_messages_are_refused(bad):
    with pytest.raises(ValueError, match="message_bytes must be a finite number"):
        expected_all_reduce_seconds(bad, 4, latency_seconds=5e-6, bytes_per_s=3e11)


def test_a_rate_of_zero_is_refused():
    with pytest.raises(ValueError, match="bytes_per_s must be a finite number greater than 0"):
        expected_all_reduce_seconds(1e6, 4, latency_seconds=5e-6, bytes_per_s=0)


def test_a_line_is_found_again_although_one_point_is_wrong():
    points = timed(SMALL, SIZES)
    points[4] = (points[4][0], 3 * points[4][1])
    found = fit_line(points)
    assert found.latency_seconds == pytest.approx(SMALL.latency_seconds)
    assert found.seconds_per_byte == pytest.approx(SMALL.seconds_per_byte)


def test_no_constant_is_below_zero():
    falling = fit_line([(1.0, 3e-6), (2.0, 2e-6), (3.0, 1e-6)])
    assert falling.seconds_per_byte == 0.0
    steep = fit_line([(1.0, 1e-6), (2.0, 4e-6), (3.0, 9e-6)])
    assert steep.latency_seconds >= 0.0


def test_the_line_is_the_best_of_a_fine_grid():
    rng = random.Random(1)
    points = [(size, SMALL.seconds(size) * rng.uniform(0.8, 1.25)) for size in SIZES[:12]]
    best = sum(off(fit_line(points), points))
    for alpha in range(60, 141, 4):
        for beta in range(60, 141, 4):
            line = Line(5e-6 * alpha / 100, beta / 100 / 1e11)
            assert sum(off(line, points)) >= best - 1e-12


def test_two_lines_are_told_apart_where_they_were_joined():
    points = timed(SMALL, SIZES[:12]) + timed(LARGE, SIZES[12:])
    cut = stretches(points)
    assert [(s.first, s.end) for s in cut] == [(0, 12), (12, 23)]
    assert cut[1].line.latency_seconds == pytest.approx(LARGE.latency_seconds)
    assert held_out_error(points, cut) == pytest.approx(0.0, abs=1e-9)


def test_noise_alone_makes_no_switch_and_a_cheaper_switch_makes_more():
    rng = random.Random(7)
    points = [(size, SMALL.seconds(size) * rng.uniform(0.97, 1.03)) for size in SIZES]
    assert len(stretches(points)) == 1
    assert len(stretches(points, switch_cost=0.01)) > 1


def test_what_was_held_out_is_harder():
    rng = random.Random(3)
    points = [(size, SMALL.seconds(size) * rng.uniform(0.9, 1.1)) for size in SIZES]
    line = fit_line(points)
    inside = sorted(off(line, points))[len(points) // 2]
    assert held_out_error(points, [Stretch(0, len(points), line)]) >= inside


@pytest.mark.parametrize("points", [[], [(1.0, 0.0)], [(1.0, -1e-6)]])
def test_no_line_goes_through_nothing(points):
    with pytest.raises(ValueError, match="at least one timed message"):
        fit_line(points)


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="2 points are too few: a line takes at least 3"):
        stretches(timed(SMALL, SIZES[:2]))
