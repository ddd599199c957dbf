from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.model_vs_reality.messages import alpha_and_beta, percent_apart
from tokenworks.cost.alpha_beta import expected_all_reduce_seconds
from tokenworks.data.silicon import all_reduce_times


def test_the_two_points_lie_on_the_librarys_line():
    for case in (*alpha_and_beta.cases, *islice(drawn_cases(alpha_and_beta, "line"), 40)):
        chips, bits, *points = case
        alpha, beta = alpha_and_beta(*case)
        assert alpha > 0 < beta
        for values, seconds in points:
            line = {"latency_seconds": alpha, "bytes_per_s": beta}
            assert expected_all_reduce_seconds(values * bits / 8, chips, **line) == pytest.approx(
                seconds
            )


def test_the_cases_of_two_and_four_chips_are_measured_ones():
    timed = {
        (t.chips, t.bytes): t.seconds
        for t in all_reduce_times()
        if (t.system, t.implementation) == ("a100_sxm", "nccl")
    }
    for chips, bits, *points in alpha_and_beta.cases[1:3]:
        for values, seconds in points:
            assert timed[chips, values * bits // 8] == pytest.approx(seconds)


def test_the_score_is_in_percent():
    assert percent_apart([2.0, 4.0], [1.0, 5.0]) == 75
