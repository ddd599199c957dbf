"""Queueing formulas against published values, each other, and the recursion they solve."""

import math
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.drawn import same
from tokenworks.cost.queueing import (
    geometric_cv,
    md1_wait_seconds,
    mdc_wait_seconds,
    mean_inside,
    mg1_wait_seconds,
    mm1_wait_seconds,
    utilisation,
)

loads = st.floats(0.01, 0.99)
services = st.floats(1e-3, 1e3)


def test_a_day_at_the_counter():
    # 8 an hour, 6 minutes each: 80 % busy, 24 minutes of waiting, 4 inside.
    rate, service = 8 / 3600, 360.0
    assert utilisation(rate, service) == pytest.approx(0.8)
    assert mm1_wait_seconds(rate, service) == pytest.approx(24 * 60)
    assert md1_wait_seconds(rate, service) == pytest.approx(12 * 60)
    assert mg1_wait_seconds(rate, service, service_cv=2) == pytest.approx(60 * 60)
    assert mean_inside(rate, 24 * 60 + 360) == pytest.approx(4)


@same
@given(loads, services, st.floats(0, 5))
def test_the_formulas_are_one_family(load, service, cv):
    rate = load / service
    mm1, md1 = mm1_wait_seconds(rate, service), md1_wait_seconds(rate, service)
    assert md1 == pytest.approx(mm1 / 2)
    assert mg1_wait_seconds(rate, service, service_cv=1) == pytest.approx(mm1)
    general = mg1_wait_seconds(rate, service, service_cv=cv)
    assert general == pytest.approx(md1 + cv * cv * (mm1 - md1))
    second = service * service * (1 + cv * cv)  # Pollaczek-Khinchine as it is mostly printed
    assert general == pytest.approx(rate * second / (2 * (1 - rate * service)))
    # The number inside of M/M/1 is r / (1 - r).
    inside = mean_inside(rate, mm1 + service)
    assert inside == pytest.approx(rate * service / (1 - rate * service))


@same
@given(st.integers(1, 60))
def test_the_spread_of_a_geometric_length(mean):
    chances = [(1 - 1 / mean) ** (n - 1) / mean for n in range(1, 60 * mean + 2)]
    second = sum(n * n * p for n, p in enumerate(chances, 1))
    assert geometric_cv(mean) == pytest.approx(math.sqrt(second - mean**2) / mean, abs=1e-6)


def lindley(gaps, services):
    """Return every wait by Lindley's recursion: what is left to do when the next one comes."""
    waits = [0.0]
    for gap, service in zip(gaps, services, strict=False):
        waits.append(max(0.0, waits[-1] + service - gap))
    return waits


@pytest.mark.parametrize(("cv", "load"), [(0, 0.5), (0, 0.8), (1, 0.5), (1, 0.7)])
def test_lindleys_recursion_finds_the_same_wait(cv, load):
    means = []
    for seed in range(20):
        random = Random(seed)
        served = [random.expovariate(1.0) if cv else 1.0 for _ in range(10_000)]
        means.append(fmean(lindley([random.expovariate(load) for _ in served], served)))
    wait = mg1_wait_seconds(load, 1.0, service_cv=cv)
    error = math.sqrt(sum((m - fmean(means)) ** 2 for m in means) / 19 / 20)
    assert abs(fmean(means) - wait) < 4 * error
    assert error < 0.03 * wait


def test_nobody_waits_where_nobody_comes():
    assert mm1_wait_seconds(0, 5) == md1_wait_seconds(0, 5) == mean_inside(0, 5) == 0


@pytest.mark.parametrize("wait", [mm1_wait_seconds, md1_wait_seconds])
def test_a_line_that_grows_for_ever_says_what_to_do(wait):
    assert utilisation(2.0, 0.75) == 1.5
    message = "1.5 times over, so the line grows for ever: fewer than 1.33333 arrivals a second"
    with pytest.raises(ValueError, match=message):
        wait(2.0, 0.75)
    with pytest.raises(ValueError, match="for ever"):
        wait(2.0, 0.5)


@pytest.mark.parametrize("bad", [-1, math.nan, math.inf, "1"])
def test_impossible_values_are_refused(bad):
    with pytest.raises(ValueError, match="mm1_wait_seconds: arrivals_per_s"):
        mm1_wait_seconds(bad, 1.0)
    with pytest.raises(ValueError, match="utilisation: service_seconds"):
        utilisation(1.0, bad)
    with pytest.raises(ValueError, match="md1_wait_seconds: service_seconds"):
        md1_wait_seconds(0.5, bad)
    with pytest.raises(ValueError, match="mean_inside: seconds_inside"):
        mean_inside(0.5, bad)
    with pytest.raises(ValueError, match="mg1_wait_seconds: service_cv"):
        mg1_wait_seconds(0.5, 1.0, service_cv=bad)
    with pytest.raises(ValueError, match="geometric_cv: mean_tokens"):
        geometric_cv(bad)
    with pytest.raises(ValueError, match=r"at least 1, got 0\.5"):
        geometric_cv(0.5)


@given(st.floats(0.01, 0.97), services)
def test_one_server_of_several_is_the_one_server(load, service):
    one = mdc_wait_seconds(load / service, service, 1)
    assert one == pytest.approx(md1_wait_seconds(load / service, service), rel=1e-6)


@pytest.mark.parametrize(("load", "servers"), [(0.5, 2), (0.8, 2), (0.9, 3), (0.6, 8)])
def test_several_servers_wait_as_the_recursion_says(load, servers):
    random, now, waits, free = Random(f"{load} {servers}"), 0.0, 0.0, [0.0] * servers
    for _ in range(100_000):
        now += random.expovariate(load * servers)
        first = min(range(servers), key=free.__getitem__)
        waits += max(0.0, free[first] - now)
        free[first] = max(now, free[first]) + 1
    assert mdc_wait_seconds(load * servers, 1, servers) == pytest.approx(waits / 1e5, rel=0.08)


def test_more_servers_wait_less_and_full_ones_for_ever():
    few, many = (mdc_wait_seconds(0.8 * n, 1, n) for n in (2, 20))
    assert 0 < many < few < md1_wait_seconds(0.8, 1)
    assert mdc_wait_seconds(0, 1, 3) == 0
    with pytest.raises(ValueError, match="fewer than 3 arrivals a second"):
        mdc_wait_seconds(3, 1, 3)
