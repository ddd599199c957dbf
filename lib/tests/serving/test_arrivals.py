"""Arrivals against their definitions: means with bounds, seeds, and clear errors."""

import math
from itertools import pairwise
from statistics import fmean, pstdev

import pytest
from cost.drawn import same
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.serving.arrivals import bursty, poisson, trace
from tokenworks.serving.lengths import (
    Lengths,
    Samples,
    fixed,
    geometric,
    uniform,
)

SHORT = Lengths(fixed(10), fixed(5))
MIXED = Lengths(uniform(1, 100), geometric(20))
N = 20_000


def gaps(requests):
    times = [0.0, *(r.arrival_seconds for r in requests)]
    return [later - sooner for sooner, later in pairwise(times)]


def rows(requests):
    return [(r.id, r.arrival_seconds, r.prompt_tokens, r.limit, r.max_tokens) for r in requests]


def assert_mean(values, mean, deviation):
    """Hold a mean to five standard errors of its true deviation."""
    assert abs(fmean(values) - mean) < 5 * deviation / math.sqrt(len(values))


def test_a_poisson_process_has_its_rate_and_memoryless_gaps():
    between = gaps(poisson(4.0, N, lengths=SHORT, seed=1))
    assert_mean(between, 0.25, 0.25)
    assert pstdev(between) == pytest.approx(0.25, rel=0.05)
    late = sum(gap > 0.5 for gap in between) / N
    assert abs(late - math.exp(-2)) < 5 * math.sqrt(0.135 * 0.865 / N)


@pytest.mark.parametrize("cv", [0.5, 1.0, 2.0, 4.0])
def test_a_bursty_process_keeps_its_rate_and_spreads_its_gaps(cv):
    between = gaps(bursty(4.0, N, gap_cv=cv, lengths=SHORT, seed=2))
    assert_mean(between, 0.25, 0.25 * cv)
    assert pstdev(between) == pytest.approx(0.25 * cv, rel=0.1)


def test_without_spread_requests_come_like_a_clock_and_with_one_they_are_poisson():
    clock = bursty(4.0, 5, gap_cv=0, lengths=SHORT, seed=1)
    assert [r.arrival_seconds for r in clock] == [0.25, 0.5, 0.75, 1.0, 1.25]
    one = bursty(4.0, 50, gap_cv=1, lengths=MIXED, seed=1)
    assert rows(one) == rows(poisson(4.0, 50, lengths=MIXED, seed=1))


@same
@given(st.integers(0, 99), st.floats(0.1, 50), st.floats(0, 5))
def test_one_seed_gives_the_same_lengths_at_every_rate_and_gaps_that_scale(seed, rate, cv):
    slow = bursty(1.0, 30, gap_cv=cv, lengths=MIXED, seed=seed)
    fast = bursty(rate, 30, gap_cv=cv, lengths=MIXED, seed=seed)
    assert rows(fast) == rows(bursty(rate, 30, gap_cv=cv, lengths=MIXED, seed=seed))
    assert [r.prompt_tokens for r in slow] == [r.prompt_tokens for r in fast]
    assert [r.limit for r in slow] == [r.limit for r in fast]
    for one, other in zip(slow, fast, strict=True):
        assert one.arrival_seconds == pytest.approx(rate * other.arrival_seconds)


def test_another_seed_is_another_day():
    days = [rows(poisson(1.0, 5, lengths=MIXED, seed=seed)) for seed in (1, 2)]
    assert days[0] != days[1]


def test_a_client_asks_for_its_limit_or_for_exactly_its_answer():
    (exact,) = poisson(1.0, 1, lengths=SHORT, seed=1)
    assert (exact.max_tokens, exact.output_tokens) == (5, 5)
    (limited,) = poisson(1.0, 1, lengths=SHORT, seed=1, max_tokens=4096)
    assert (limited.max_tokens, limited.limit) == (4096, 5)
    (cut,) = bursty(1.0, 1, gap_cv=2, lengths=SHORT, seed=1, max_tokens=3)
    assert cut.limit == 3


def test_samples_keep_the_pairs_that_occurred():
    pairs = [(1000, 3), (10, 400)]
    requests = poisson(1.0, 100, lengths=Samples(pairs), seed=1)
    assert {(r.prompt_tokens, r.limit) for r in requests} == {(1000, 3), (10, 400)}


def test_a_trace_is_read_from_rows_and_from_a_file(tmp_path):
    path = tmp_path / "trace.csv"
    path.write_text("arrival_seconds,output_tokens,note,prompt_tokens\n0.5,7,a,100\n2,1,b,3\n")
    wanted = [("0", 0.5, 100, 7, 7), ("1", 2.0, 3, 1, 1)]
    assert rows(trace(path)) == wanted
    assert rows(trace(str(path))) == wanted
    assert rows(trace([(0.5, 100, 7), (2, 3, 1)])) == wanted
    assert [r.arrival_seconds for r in trace(path, speed=2, max_tokens=9)] == [0.25, 1.0]
    assert [r.max_tokens for r in trace(path, speed=2, max_tokens=9)] == [9, 9]


def test_published_traces_are_read_as_they_are(tmp_path):
    path = tmp_path / "azure.csv"
    path.write_text(
        "TIMESTAMP,ContextTokens,GeneratedTokens\n"
        "2023-11-16 23:59:59.5000000,374,44\n2023-11-17 00:00:01.2500000,396,109\n"
    )
    azure = trace(path, columns=("TIMESTAMP", "ContextTokens", "GeneratedTokens"))
    assert rows(azure) == [("0", 0.0, 374, 44, 44), ("1", 1.75, 396, 109, 109)]
    path.write_text("Timestamp,Request tokens,Response tokens\n20231116,472,18\n")
    burst = trace(path, columns=("Timestamp", "Request tokens", "Response tokens"))
    assert rows(burst) == [("0", 20231116.0, 472, 18, 18)]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ((1.0, 5), "not enough values"),
        ((-1.0, 5, 5), "arrival_seconds must be a finite number from 0"),
        ((1.0, 0, 5), "a number of tokens must be a whole number from 1, got 0"),
        ((0.0, True, 3), "a number of tokens must be a whole number from 1, got True"),
        ((1.0, 5, 1.5), "a number of tokens must be a whole number from 1, got 1.5"),
        ((math.nan, 5, 5), "arrival_seconds must be a finite number from 0"),
        ((1.0, math.inf, 5), "a number of tokens must be a whole number from 1, got inf"),
    ],
)
def test_a_row_that_is_no_request_is_named(row, why):
    with pytest.raises(ValueError, match=f"row 2 of the trace.*{why}"):
        trace([(0.0, 1, 1), row])


def test_a_file_that_is_no_trace_says_what_is_missing(tmp_path):
    path = tmp_path / "trace.csv"
    path.write_text("TIMESTAMP,prompt_tokens\n1,2\n")
    missing = (
        r"trace\.csv lacks arrival_seconds, output_tokens; name columns= of: TIMESTAMP, prompt_t"
    )
    with pytest.raises(ValueError, match=missing):
        trace(path)
    path.write_text("arrival_seconds,prompt_tokens,output_tokens\n18:61,2,3\n")
    with pytest.raises(ValueError, match="line 2: arrival_seconds is '18:61', which is no date"):
        trace(path)
    path.write_text("arrival_seconds,prompt_tokens,output_tokens\n1,2,3\n1,,3\n")
    with pytest.raises(ValueError, match="line 3: prompt_tokens is '', which is no number"):
        trace(path)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (
            lambda: poisson(0, 1, lengths=SHORT, seed=1),
            "rate_per_s must be a finite number above 0, got 0",
        ),
        (
            lambda: poisson(1, -1, lengths=SHORT, seed=1),
            "count must be a whole number from 0, got -1",
        ),
        (
            lambda: bursty(1, 1, gap_cv=-1, lengths=SHORT, seed=1),
            "gap_cv must be a finite number from 0, got -1",
        ),
        (lambda: trace([], speed=0), "speed must be a finite number above 0"),
    ],
)
def test_impossible_values_say_what_is_possible(make, name):
    with pytest.raises(ValueError, match=name):
        make()
