"""Accounts of logs by hand, in agreement with the metrics, and what they refuse."""

import random
import subprocess
import sys
from dataclasses import replace

import pytest

from tokenworks.cost.accepted_results import accepted_cost
from tokenworks.serving.metrics import Slo, attainment, goodput_per_s, tpot_seconds, ttft_seconds
from tokenworks.serving.request_log import (
    GATES,
    LoggedRequest,
    account,
    operating_point,
    read_log,
)

SLO = Slo(ttft_seconds=0.8, tpot_seconds=0.05)
TEXT = """name,arrival_seconds,ttft_seconds,e2el_seconds,prompt_tokens,generated,passed,usd,result
a,0,0.5,4.4,900,100,true,0.010,first
b,1,1.2,5.0,900,100,true,0.011,second
c,6,0.4,4.0,900,100,false,0.012,second
d,11,0.4,4.0,900,100,true,0.013,second
e,2,,,900,0,,0.002,third
f,3,0.3,3.0,900,100,,0.010,
"""
LOG = read_log(TEXT)
HEAD = "name,arrival_seconds,ttft_seconds,e2el_seconds,generated,usd,passed"


def test_a_log_by_hand():
    found = account(LOG, SLO, window_seconds=10)
    assert (found.attempts, found.results, found.accepted) == (6, 4, 2)
    assert found.lost == dict(zip(GATES, (1, 1, 2), strict=True))
    assert found.usd == pytest.approx(0.058)
    assert found.retry_usd == pytest.approx(0.025)
    assert found.usd_per_accepted == pytest.approx(0.029)
    assert found.usd_per_attempt == pytest.approx(0.058 / 6)
    assert found.goodput_per_s == pytest.approx(0.2)
    assert found.throughput_per_s == pytest.approx(0.6)
    assert found.accepted_share == pytest.approx(0.5)
    assert not found.judged
    spent = sum(found.lost_usd.values()) + 0.010 + 0.013
    assert spent == pytest.approx(found.usd)  # what is lost and what is accepted are the whole


def test_without_verdicts_it_is_the_goodput_of_the_metrics():
    bare = [replace(row, passed=None, result="") for row in LOG]
    found = account(bare, SLO, window_seconds=10, unjudged_pass=True)
    assert found.goodput_per_s == pytest.approx(goodput_per_s(bare, SLO, window_seconds=10))
    assert found.accepted / found.attempts == pytest.approx(attainment(bare, SLO))
    assert account(bare, SLO, window_seconds=10).accepted == 0


def test_rent_is_cost_too():
    plain = account(LOG, SLO, window_seconds=10)
    rented = account(LOG, SLO, window_seconds=10, fixed_usd=0.1)
    assert rented.usd == pytest.approx(plain.usd + 0.1)
    assert rented.usd_per_accepted > plain.usd_per_accepted


def test_times_are_those_of_the_log():
    assert ttft_seconds(LOG[0]) == pytest.approx(0.5)
    assert tpot_seconds(LOG[0]) == pytest.approx(3.9 / 99)
    assert LOG[4].token_seconds == []


def test_an_accepted_result_counts_once():
    twice = [replace(row, result="same") for row in (LOG[0], LOG[3])]
    assert account(twice, SLO, window_seconds=1).accepted == 1


def test_drawn_attempts_cost_what_the_formula_says():
    draw, rows = random.Random(11), []
    for result in range(4000):
        for attempt in range(3):
            passed = draw.random() < 0.6
            one = replace(
                LOG[0], name=f"{result}-{attempt}", result=str(result), passed=passed, usd=0.02
            )
            rows.append(replace(one, arrival_seconds=result + attempt / 10))
            if passed:
                break
    found = account(rows, SLO, window_seconds=4000)
    expected = accepted_cost(0.02, pass_share=0.6, most_attempts=3)
    assert found.usd_per_accepted == pytest.approx(expected.usd_per_accepted, rel=0.02)
    assert found.accepted_share == pytest.approx(expected.accepted_share, abs=0.01)
    assert found.retry_usd / found.results == pytest.approx(expected.retry_usd, rel=0.05)


def route(accepted, usd):
    """Return 100 requests of 120 tokens of which so many are accepted, at a price for all."""
    row = replace(LOG[0], usd=usd / 100, generated=120, result="")
    return [replace(row, name=str(i), passed=i < accepted) for i in range(100)]


def test_two_printed_routes_and_the_window_that_they_leave_out():
    """Printed: 58 and 85 of 100 accepted are 5.8 and 8.5 a second: both in ten seconds.

    At 1,200 and 800 tokens a second, 100 requests of 120 tokens take 10 and 15 seconds. Then the
    second route has the lower goodput, and still the lower cost.
    """
    first, second = route(58, 1.10), route(85, 1.45)
    same = [account(log, SLO, window_seconds=10) for log in (first, second)]
    assert [each.goodput_per_s for each in same] == [5.8, 8.5]
    own = [
        account(log, SLO, window_seconds=100 * 120 / rate)
        for log, rate in ((first, 1200), (second, 800))
    ]
    assert [each.goodput_per_s for each in own] == pytest.approx([5.8, 5.667], abs=1e-3)
    assert [each.usd_per_accepted for each in own] == pytest.approx([0.01897, 0.01706], abs=1e-5)


def test_the_operating_point_is_the_best_goodput_within_a_cost():
    logs = {1: route(90, 1.0), 2: route(80, 1.0), 4: route(30, 1.0)}
    accounts = [(rate, account(log, SLO, window_seconds=100 / rate)) for rate, log in logs.items()]
    assert operating_point(accounts)[0] == 2
    assert operating_point(accounts, most_usd_per_accepted=0.012)[0] == 1
    with pytest.raises(ValueError, match="no rate"):
        operating_point(accounts, most_usd_per_accepted=0.001)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="nothing to account for"):
        account([], SLO, window_seconds=1)
    with pytest.raises(ValueError, match="seconds of a window"):
        account(LOG, SLO, window_seconds=0)
    with pytest.raises(ValueError, match="nothing was accepted"):
        _ = account(LOG[4:5], SLO, window_seconds=1).usd_per_accepted
    with pytest.raises(ValueError, match=r"log, row 'a'.*ttft_seconds"):
        read_log(f"{HEAD}\na,0,3,2,5,1,\n")
    with pytest.raises(ValueError, match="usd"):
        LoggedRequest(name="a", arrival_seconds=0, usd=-1)
    with pytest.raises(ValueError, match="column 'passed'"):
        read_log(f"{HEAD}\na,0,,,0,1,maybe\n")
    with pytest.raises(ValueError, match="no attempt has a cost"):
        _ = account([replace(LOG[0], usd=0)], SLO, window_seconds=1).usd_per_accepted


@pytest.mark.parametrize("text", ["", "\n", "name,usd\n", "name,usd\na,1\n"])
def test_a_log_without_a_column_that_it_needs_is_refused(text):
    with pytest.raises(ValueError, match=r"log: its first line lacks .*arrival_seconds"):
        read_log(text)
    with pytest.raises(ValueError, match="log: row 'a' is a duplicate or has a cell under no"):
        read_log(f"{HEAD},cost\na,0,,,0,1,,1\n")


@pytest.mark.parametrize("column", ["ttft_seconds", "e2el_seconds", "generated", "usd"])
def test_a_column_without_which_all_would_be_free_or_unfinished_is_asked_for(column):
    heads = [head for head in HEAD.split(",") if head != column]
    with pytest.raises(ValueError, match=f"^log: its first line lacks {column}$"):
        read_log(",".join(heads) + "\n")


def test_a_cut_row_a_column_twice_and_a_row_without_a_cost_are_refused():
    with pytest.raises(ValueError, match=r"^log: row 'a' has fewer cells than the 7 columns$"):
        read_log(f"{HEAD}\na,0,.5\n")
    with pytest.raises(ValueError, match=r"^log: its first line has more than one usd$"):
        read_log(f"{HEAD},usd\na,0,0.5,4,9,1,true,2\n")
    unpriced = f"{HEAD}\na,0,0.5,4,100,,true\n"
    with pytest.raises(ValueError, match=r"^log, row 'a', column 'usd': no cost: .*priced=False"):
        read_log(unpriced)
    rented = account(read_log(unpriced, priced=False), SLO, window_seconds=1, fixed_usd=2)
    assert rented.usd_per_accepted == 2


WRONG = """
from tokenworks.serving import LoggedRequest, Slo, account
row = LoggedRequest(name="a", arrival_seconds=0)
for call in (
    lambda: LoggedRequest(name="a", arrival_seconds=0, passed="no"),
    lambda: account([row], None, window_seconds=1),
    lambda: account([{"name": "a"}], Slo(), window_seconds=1),
):
    try:
        call()
    except ValueError as error:
        print(error)
"""


def test_other_types_get_one_clear_line():
    """In a process of its own: while tests run, a check of the annotations comes first."""
    done = subprocess.run([sys.executable, "-c", WRONG], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "request 'a': passed must be True, False or None, got 'no'",
        "slo must be an Slo(ttft_seconds=…, tpot_seconds=…), got None",
        "rows of a log must be LoggedRequest (read_log makes them), got {'name': 'a'}",
    ]
