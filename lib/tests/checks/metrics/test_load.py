from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.metrics.load import knee, three_rates
from tokenworks.serving import metrics


def test_rates_are_the_librarys(seen):
    for log, begin, end in (*three_rates.cases, *islice(drawn_cases(three_rates, "equal"), 40)):
        inside = metrics.finished([seen(*request) for request in log], start=begin, end=end)
        rates = metrics.throughput(inside, end - begin)
        wanted = [rates.requests_per_s, rates.input_tokens_per_s, rates.output_tokens_per_s]
        assert three_rates(log, begin, end) == pytest.approx(wanted)


def test_windows_side_by_side_count_every_request_once():
    for log, begin, end in islice(drawn_cases(three_rates, "split"), 30):
        middle = (begin + end) / 2
        parts = [three_rates(log, begin, middle), three_rates(log, middle, end)]
        mean = [(a + b) / 2 for a, b in zip(*parts, strict=True)]
        assert three_rates(log, begin, end) == pytest.approx(mean)


def test_the_knee_is_the_librarys():
    for points, share in (*knee.cases, *islice(drawn_cases(knee, "equal"), 60)):
        pairs = [(offered, good) for offered, good in points]
        assert knee(points, share) == (metrics.knee(pairs, share=share) or 0)


def test_hidden_knees_have_luck_beyond_them_and_no_tie_that_rounding_decides():
    lucky = ties = 0
    for points, share in islice(drawn_cases(knee, "luck"), 60):
        last = knee(points, share)
        lucky += any(x > last and good >= share * x for x, good in points)
        exact = {x for x, good in points if good == share * x}
        assert share == 0.75 or not exact  # three quarters are exact in binary
        assert all(abs(good - share * x) > 1e-3 * x for x, good in points if x not in exact)
        ties += bool(exact)
    assert lucky > 20
    assert ties > 10
