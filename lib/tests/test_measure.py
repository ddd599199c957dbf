import pytest

from tokenworks.measure import median_seconds, multiply_flops_per_s, read_bytes_per_s


def test_median_counts_one_warm_up_and_the_rounds():
    calls = []
    assert median_seconds(lambda: calls.append(1), rounds=3) >= 0
    assert len(calls) == 4


def test_no_rounds_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        median_seconds(lambda: None, rounds=0)


def test_yardsticks_are_positive_and_scale_with_their_work():
    assert multiply_flops_per_s(side=64, rounds=1) > 0
    assert read_bytes_per_s(rounds=1) > 1e8
