"""The dashboard against the finished requests of the same run."""

from itertools import pairwise

import pytest

from tokenworks.cockpit.driven import Cockpit
from tokenworks.cockpit.script import Script
from tokenworks.cockpit.settings import Settings
from tokenworks.percentiles import percentile


@pytest.fixture(scope="module")
def run():
    made = Cockpit(Script.of(Settings(rate=20)), keep=True)
    made.run_to(10)
    return made


def test_its_rates_and_times_are_those_of_the_requests(run):
    board, first = run.board, run.copy.replica.first_seconds
    tokens = [[t for t in r.token_seconds if t < 10] for r in run.requests]
    plans = [each.plan for each in run.cluster.replicas if each.plan]
    inside = {r: [t for t in p.times if t < 10] for p in plans for r in p.batch.emitting}
    told = {r: t + inside.get(r, []) for r, t in zip(run.requests, tokens, strict=True)}
    assert board["output_tokens_per_s"] == sum(map(len, told.values())) / 10
    firsts = [t[0] - r.arrival_seconds + first for r, t in told.items() if t]
    assert board["ttft_p50"] == pytest.approx(percentile(firsts, 50), rel=1e-12)
    gaps = [b - a for t in told.values() for a, b in pairwise(t)]
    assert board["itl_mean"] == pytest.approx(sum(gaps) / len(gaps), rel=1e-9)
    assert board["itl_p99"] == pytest.approx(percentile(gaps, 99, method="inverted_cdf"))


def test_money_is_the_rent_of_the_chips_over_the_tokens(run):
    board = run.board
    assert board["chips"] == pytest.approx(1)
    assert board["usd_per_million"] == pytest.approx(
        3.2 / 3600 / board["output_tokens_per_s"] * 1e6
    )
    assert 0 < board["floor_itl"] < board["expected_itl"]
    assert 0 < board["utilisation"] <= 1
    assert board["queue"] == run.queued
