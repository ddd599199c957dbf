from itertools import islice

import pytest

from tokenworks.checks.economics.results import goodput_and_cost, usd_per_accepted
from tokenworks.checks.hidden import drawn_cases
from tokenworks.cost.accepted_results import accepted_cost
from tokenworks.serving.metrics import Slo
from tokenworks.serving.request_log import LoggedRequest, account


def test_an_accepted_result_agrees_with_the_cost_model():
    for case in (*usd_per_accepted.cases, *islice(drawn_cases(usd_per_accepted, "same"), 50)):
        usd, share, most, lost = case
        found = accepted_cost(usd, pass_share=share, most_attempts=most, given_up_usd=lost)
        assert usd_per_accepted(*case) == pytest.approx(found.usd_per_accepted)


def test_a_log_agrees_with_the_account():
    """The times are quarters of a power of two, so that a request's end keeps its pace exactly."""
    rows = [[0.5, 0.03125, True, 0.01], [1.5, 0.03125, True, 0.02], [0.5, 0.125, True, 0.03]]
    rows += [[0.75, 0.0625, False, 0.04], [0.75, 0.0625, True, 0.05]]
    log = [
        LoggedRequest(
            name=str(i),
            arrival_seconds=0,
            ttft_seconds=ttft,
            e2el_seconds=ttft + 16 * tpot,
            generated=17,
            passed=passed,
            usd=usd,
        )
        for i, (ttft, tpot, passed, usd) in enumerate(rows)
    ]
    found = account(log, Slo(ttft_seconds=0.75, tpot_seconds=0.0625), window_seconds=4)
    goodput, usd = goodput_and_cost(rows, 0.75, 0.0625, 4)
    assert goodput == found.goodput_per_s == 0.5
    assert usd == pytest.approx(found.usd_per_accepted)
