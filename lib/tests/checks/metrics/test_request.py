from itertools import islice
from statistics import mean

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.metrics.request import three_times, two_means
from tokenworks.serving.metrics import (
    all_tpot,
    e2el_seconds,
    pooled_itl,
    tpot_seconds,
    ttft_seconds,
)


def test_three_times_are_the_librarys(seen):
    for arrival, tokens in (*three_times.cases, *islice(drawn_cases(three_times, "equal"), 60)):
        stream = seen(arrival, tokens)
        times = [ttft_seconds(stream), tpot_seconds(stream), e2el_seconds(stream)]
        assert three_times(arrival, tokens) == times


def test_the_end_is_the_first_token_and_its_gaps():
    for arrival, tokens in islice(drawn_cases(three_times, "sum"), 40):
        first, tpot, whole = three_times(arrival, tokens)
        assert whole == pytest.approx(first + (len(tokens) - 1) * (tpot or 0))


def test_two_means_are_the_librarys(seen):
    for (requests,) in (*two_means.cases, *islice(drawn_cases(two_means, "equal"), 40)):
        streams = [seen(*request) for request in requests]
        means = [mean(all_tpot(streams)), mean(pooled_itl(streams))]
        assert two_means(requests) == pytest.approx(means)


def test_the_mean_of_one_requests_gaps_is_its_tpot():
    for (requests,) in islice(drawn_cases(two_means, "one"), 20):
        arrival, tokens = max(requests, key=lambda request: len(request[1]))
        tpot = three_times(arrival, tokens)[1]
        assert two_means([[arrival, tokens]]) == pytest.approx([tpot, tpot])
