from itertools import islice

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.metrics.slo import goodput
from tokenworks.serving.metrics import Slo, goodput_per_s, itl_seconds, tpot_seconds


def test_goodput_is_the_librarys(seen):
    for requests, ttft, tpot, window in (*goodput.cases, *islice(drawn_cases(goodput, "same"), 60)):
        slo = Slo(ttft_seconds=ttft, tpot_seconds=tpot)
        streams = [seen(*request) for request in requests]
        rate = goodput_per_s(streams, slo, window_seconds=window)
        assert goodput(requests, ttft, tpot, window) == rate


def test_goodput_is_never_above_the_throughput():
    for requests, ttft, tpot, window in islice(drawn_cases(goodput, "bound"), 40):
        assert goodput(requests, ttft, tpot, window) <= len(requests) / window
        assert goodput(requests, 99.0, 99.0, window) == len(requests) / window


def test_hidden_requests_stand_on_the_limits_and_their_gaps_differ(seen):
    exact = one = uneven = 0
    for requests, _, tpot, _ in islice(drawn_cases(goodput, "edge"), 12):
        for stream in (seen(*request) for request in requests):
            exact += tpot_seconds(stream) == tpot
            one += stream.generated == 1
            uneven += len(set(itl_seconds(stream))) > 1
    assert min(exact, one, uneven) >= 5
