"""Waiting in line, where theory knows it exactly: one server or several, arrivals at random."""

from __future__ import annotations

import math

from tokenworks.cost.domain import Count, NotNegative, Positive, physical
from tokenworks.number import Number


@physical
def utilisation(arrivals_per_s: NotNegative, service_seconds: Positive) -> float:
    """Return the share of the time that one server is busy; above 1 it cannot keep up.

    Source: https://doi.org/10.1287/opre.9.3.383 (Little's law, applied to the server alone).
    """
    return float(arrivals_per_s * service_seconds)


@physical
def mm1_wait_seconds(arrivals_per_s: NotNegative, service_seconds: Positive) -> float:
    """Return the mean wait before service where service times are exponential: M/M/1.

    Load r waits r / (1 - r) services. Load 1 or more raises ValueError.
    Source: Kleinrock, Queueing Systems 1 (1975), section 3.2.
    """
    load = _stable(arrivals_per_s, service_seconds)
    return load / (1 - load) * service_seconds


@physical
def md1_wait_seconds(arrivals_per_s: NotNegative, service_seconds: Positive) -> float:
    """Return the mean wait before service where every service takes as long: M/D/1.

    Half of what exponential services cause. Load 1 or more raises ValueError.
    Source: Erlang (1909), as Kleinrock, Queueing Systems 1 (1975), section 5.7.
    """
    return mg1_wait_seconds(arrivals_per_s, service_seconds, service_cv=0)


@physical
def mdc_wait_seconds(
    arrivals_per_s: NotNegative, service_seconds: Positive, servers: Count
) -> float:
    """Return the mean wait of one line before several servers, every service as long: M/D/c.

    Whoever is first goes to the server that is free first; tests hold the simulated cluster against
    it. `servers` times 1 / `service_seconds` arrivals a second or more raise ValueError.
    Source: Crommelin, Post Office Electrical Engineers' Journal 25 (1932); the sum as Tijms, A
    First Course in Stochastic Models (2003), section 9.6.2.
    """
    load = _stable(arrivals_per_s, service_seconds / servers)
    total, i = 0.0, 0
    while load:
        i += 1
        mean = i * load * servers
        more = _at_least(i * servers, mean) - _at_least(i * servers + 1, mean) / load
        total += more
        if more <= 1e-12 * total:
            break
    return total * service_seconds


def _at_least(count: int, mean: float) -> float:
    """Return the chance that a Poisson number of this mean is `count` or more, from 1 on."""
    term = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    total, k = 0.0, count
    while term > 1e-17 * total:
        total, k = total + term, k + 1
        term *= mean / k
    return total


@physical
def mg1_wait_seconds(
    arrivals_per_s: NotNegative, service_seconds: Positive, *, service_cv: NotNegative
) -> float:
    """Return the mean wait before service of any distribution: Pollaczek and Khinchine, M/G/1.

    `service_cv` is the standard deviation of the service times over their mean, 1 for exponential
    ones. The wait is (1 + cv²) / 2 times that of M/M/1. Load 1 or more raises ValueError.
    Source: Pollaczek (1930), Khinchine (1932), as Kleinrock, Queueing Systems 1, section 5.7.
    """
    return (1 + service_cv**2) / 2 * mm1_wait_seconds(arrivals_per_s, service_seconds)


@physical
def geometric_cv(mean_tokens: Positive) -> float:
    """Return the deviation over the mean of a length that ends after each token by equal chance.

    A mean below 1 raises ValueError.
    Source: derived: the variance of a geometric number from 1 is m² - m.
    """
    if mean_tokens < 1:
        raise ValueError(f"mean_tokens must be at least 1, got {mean_tokens!r}")
    return (1 - 1 / mean_tokens) ** 0.5


@physical
def mean_inside(arrivals_per_s: NotNegative, seconds_inside: NotNegative) -> float:
    """Return how many are inside on average, waiting or served: Little's law, L = λW.

    It holds for every system in which what comes in leaves, at any distribution and order.
    Source: https://doi.org/10.1287/opre.9.3.383 (Little 1961).
    """
    return float(arrivals_per_s * seconds_inside)


def _stable(arrivals_per_s: Number, service_seconds: Number) -> float:
    """Return the load; from 1 up the line grows for ever, which raises ValueError."""
    load = utilisation(arrivals_per_s, service_seconds)
    if load >= 1:
        raise ValueError(
            f"{arrivals_per_s:g} arrivals a second of {service_seconds:g} s each keep a server "
            f"busy {load:g} times over, so the line grows for ever: fewer than "
            f"{1 / service_seconds:g} arrivals a second, shorter services, or more servers"
        )
    return load
