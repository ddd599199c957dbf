import math
from itertools import islice

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.model_vs_reality.left_out import left_out_error

DRAWN = [*left_out_error.cases, *islice(drawn_cases(left_out_error, "fits"), 40)]


def test_the_median_is_the_share_with_the_least_error():
    for kernels, bytes_per_s, out in DRAWN:
        shares = [moved / bytes_per_s / s for model, moved, s in kernels if model != out]
        assert len(shares) % 2

        def off(share, shares=shares):
            return sum(abs(math.log(own / share)) for own in shares)

        best = min((0.001 * k for k in range(100, 1100)), key=off)
        middle = sorted(shares)[len(shares) // 2]
        assert off(middle) <= off(best)
        assert abs(best - middle) < 0.001


def test_no_kernel_is_faster_than_the_data_sheet():
    for kernels, bytes_per_s, _ in DRAWN:
        assert all(moved / bytes_per_s < seconds for _, moved, seconds in kernels)


def test_a_leak_flatters_the_error():
    """What the exercise teaches: with the test in the fit the error is smaller more often."""
    fitted, leaked = left_out_error.solution, left_out_error.wrong[0]
    pairs = [(fitted(*case), leaked(*case)) for case in DRAWN]
    assert sum(leak < fair for fair, leak in pairs) > 1.5 * sum(leak > fair for fair, leak in pairs)
