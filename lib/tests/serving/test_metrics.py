"""Each metric of hand-made requests whose times can be read off with a pencil."""

import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.serving.metrics import (
    Slo,
    all_tpot,
    attainment,
    e2el_seconds,
    finished,
    goodput_per_s,
    itl_seconds,
    knee,
    mean_in_system,
    pooled_itl,
    queue_seconds,
    summary,
    throughput,
    tpot_seconds,
    ttft_seconds,
)


@dataclass
class Recorded:
    token_seconds: list = field(default_factory=list)
    arrival_seconds: float = 0.0
    prompt_tokens: int = 10
    scheduled_seconds: float | None = None
    ended: bool = True

    @property
    def generated(self):
        return len(self.token_seconds)

    @property
    def finished_seconds(self):
        return self.token_seconds[-1] if self.ended and self.token_seconds else None


def even(tokens, gap, *, first=0.2, **known):
    return Recorded([first + i * gap for i in range(tokens)], **known)


def test_five_posts_have_four_gaps():
    request = Recorded([1.2, 1.5, 1.6, 2.0, 2.2], arrival_seconds=1.0, scheduled_seconds=1.05)
    assert queue_seconds(request) == pytest.approx(0.05)
    assert ttft_seconds(request) == pytest.approx(0.2)
    assert e2el_seconds(request) == pytest.approx(1.2)
    assert itl_seconds(request) == pytest.approx([0.3, 0.1, 0.4, 0.2])
    assert tpot_seconds(request) == pytest.approx(0.25)


@given(
    first=st.floats(0.01, 5),
    gaps=st.lists(st.floats(0, 2), min_size=1, max_size=50),
    arrival=st.floats(-100, 100),
)
def test_the_parts_add_up_to_the_whole(first, gaps, arrival):
    times = [arrival + first]
    for gap in gaps:
        times.append(times[-1] + gap)
    r = Recorded(times, arrival_seconds=arrival)
    assert ttft_seconds(r) + sum(itl_seconds(r)) == pytest.approx(e2el_seconds(r))
    rest = e2el_seconds(r) - ttft_seconds(r)
    assert tpot_seconds(r) == pytest.approx(rest / (r.generated - 1), abs=1e-9)
    assert tpot_seconds(r) == pytest.approx(sum(itl_seconds(r)) / len(gaps), abs=1e-9)


def test_one_token_has_no_gap_and_therefore_no_tpot():
    request = Recorded([0.4])
    assert itl_seconds(request) == []
    assert tpot_seconds(request) is None
    assert ttft_seconds(request) == e2el_seconds(request) == 0.4


def test_what_has_not_happened_has_no_time():
    with pytest.raises(ValueError, match="no token yet"):
        ttft_seconds(Recorded())
    with pytest.raises(ValueError, match="not finished"):
        e2el_seconds(Recorded([1.0], ended=False))
    with pytest.raises(ValueError, match="not been scheduled"):
        queue_seconds(Recorded())


def test_long_answers_have_more_votes_among_gaps_than_among_requests():
    short, long = even(10, 0.030), even(1000, 0.050)
    gaps = pooled_itl([short, long])
    assert len(gaps) == 9 + 999  # not 10 + 1000
    assert sum(gaps) / len(gaps) == pytest.approx((9 * 0.030 + 999 * 0.050) / 1008)
    assert all_tpot([short, long, Recorded([0.1])]) == pytest.approx([0.030, 0.050])


def test_an_objective_asks_for_every_bound():
    request = even(11, 0.1, first=0.5)
    assert Slo().met(request)
    assert Slo(ttft_seconds=0.5, tpot_seconds=0.11, e2el_seconds=1.6).met(request)
    assert not Slo(ttft_seconds=0.49).met(request)
    assert not Slo(tpot_seconds=0.09).met(request)
    assert not Slo(e2el_seconds=1.4).met(request)


def test_one_token_keeps_any_tpot_and_an_unfinished_answer_keeps_nothing():
    assert Slo(tpot_seconds=0.001).met(Recorded([0.4]))
    assert not Slo().met(Recorded([0.4, 0.5], ended=False))
    assert not Slo().met(Recorded())


def test_goodput_is_a_rate_and_attainment_a_share():
    good, bad = even(5, 0.05), even(5, 0.05, first=3.2)
    slo = Slo(ttft_seconds=0.5)
    assert attainment([good] * 90 + [bad] * 10, slo) == pytest.approx(0.9)
    assert goodput_per_s([good] * 90 + [bad] * 10, slo, window_seconds=10) == pytest.approx(9)
    with pytest.raises(ValueError, match="the seconds of a window must be a finite number above 0"):
        goodput_per_s([good], slo, window_seconds=0)
    with pytest.raises(ValueError, match="no requests"):
        attainment([], slo)


def test_a_fast_server_that_fails_is_worse_than_a_slow_one_that_does_not():
    good, bad, slo = even(2, 0.05), even(2, 0.05, first=9), Slo(ttft_seconds=1)
    fast = goodput_per_s([good] * 600 + [bad] * 400, slo, window_seconds=1)
    assert fast == 600 < goodput_per_s([good] * 700, slo, window_seconds=1)


def test_throughput_counts_what_finished():
    requests = [even(5, 0.1), even(7, 0.1), even(3, 0.1, ended=False)]
    rates = throughput(requests, 2)
    assert (rates.requests_per_s, rates.input_tokens_per_s) == (1, 10)
    assert rates.output_tokens_per_s == 6


def test_a_window_has_a_start_and_an_end():
    requests = [Recorded([t]) for t in (1.0, 2.0, 3.0)]
    assert len(finished(requests, start=1.0, end=3.0)) == 2
    assert len(finished([*requests, Recorded([1.0], ended=False)])) == 3


def test_the_mean_number_inside_is_an_area_over_time():
    requests = [Recorded([4.0], arrival_seconds=0.0), Recorded([3.0], arrival_seconds=1.0)]
    assert mean_in_system(requests, start=0, end=4) == pytest.approx((4 + 2) / 4)
    assert mean_in_system(requests, start=3, end=5) == pytest.approx(0.5)
    waiting = [Recorded(arrival_seconds=2.0)]
    assert mean_in_system(waiting, start=0, end=4) == pytest.approx(0.5)


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 20)), min_size=1, max_size=40))
def test_littles_law_holds_exactly_over_a_whole_run(times):
    requests = [Recorded([a + w], arrival_seconds=a) for a, w in times]
    end = max(a + w for a, w in times) + 1
    latency = sum(map(e2el_seconds, requests)) / len(requests)
    by_law = len(requests) / end * latency
    assert mean_in_system(requests, start=0, end=end) == pytest.approx(by_law, abs=1e-9)


def test_the_knee_is_the_last_load_before_the_first_failure():
    points = [(1, 1), (2, 1.99), (4, 3.5), (3, 2.99), (8, 8)]
    assert knee(points) == 3
    assert knee(points, share=0.8) == 8
    assert knee([(1, 0.2)]) is None


def test_a_row_says_rates_middle_and_tail():
    requests = [even(11, 0.1, first=0.5), even(21, 0.1, first=1.5)]
    row = summary(requests, window_seconds=4, slo=Slo(ttft_seconds=1))
    assert (row["requests/s"], row["output tokens/s"]) == ("0.50", "8")
    assert (row["TTFT P50"], row["TPOT P99"]) == ("1,000 ms", "100 ms")
    assert (row["SLO met"], row["goodput/s"]) == ("50%", "0.25")
    assert summary([Recorded([0.4])], window_seconds=1)["ITL P99"] == "none"


@pytest.mark.parametrize("bound", [0, -1, math.nan, math.inf])
def test_an_objective_is_a_time_above_nothing(bound):
    with pytest.raises(ValueError, match="tpot_seconds must be a finite number above 0"):
        Slo(ttft_seconds=1, tpot_seconds=bound)
