"""When a seller's cache pays for a shared beginning of prompts, by how often it is asked for."""

from __future__ import annotations

from tokenworks.cost.prompt_caching import (
    break_even_calls_per_s,
    break_even_hit_share,
    hit_share,
    paying_calls,
    prefix_cost,
    rent_calls_per_hour,
)
from tokenworks.data.caching_price import CachePrice, cache_price, cache_prices
from tokenworks.number import Number
from tokenworks.widgets.calculation import (
    Calculation,
    Curve,
    Output,
    Place,
    Point,
    Verdict,
    choices,
    numbers,
)
from tokenworks.widgets.calculators.locality import at_random

CALLS = (0.5, 1, 2, 4, 6, 12, 20, 30, 60, 120, 600)
HOUR = 3600


def hits(terms: CachePrice, calls_per_hour: Number) -> float | None:
    """Return the share of calls that find the prefix, None where its life is not said."""
    if terms.storage_ratio:
        return 1.0
    if terms.ttl_seconds is None:
        return None
    refreshed = bool(terms.refreshed)
    found = hit_share(calls_per_hour / HOUR, terms.ttl_seconds, refreshed=refreshed)
    return at_random(found)


def even_per_hour(terms: CachePrice) -> float:
    """Return the calls an hour from which on the cache pays."""
    if terms.storage_ratio:
        return rent_calls_per_hour(terms.storage_ratio, read=terms.read_ratio)
    assert terms.ttl_seconds is not None
    return HOUR * break_even_calls_per_s(
        terms.ttl_seconds,
        write=terms.write_ratio,
        read=terms.read_ratio,
        refreshed=bool(terms.refreshed),
    )


def at(place: Place) -> Point:
    """Return what an hour of calls pays for the prefix, with the cache and without."""
    terms, prefix, calls = cache_price(place["terms"]), place["prefix"], place["calls"]
    uncached = calls * prefix * terms.input_usd_per_million / 1e6
    values: dict[str, Number | None] = {"uncached": uncached, "one": 1}
    if terms.least_tokens and prefix < terms.least_tokens:
        return Point(verdict="short", values=values | {"least": terms.least_tokens})
    found = hits(terms, calls)
    if found is None:
        return Point(verdict="unsaid", values=values)
    per_call = prefix_cost(found, write=terms.write_ratio, read=terms.read_ratio)
    ratio = per_call + terms.storage_ratio / calls
    values |= {
        "least": terms.least_tokens,
        "hits": found,
        "cached": ratio * uncached,
        "ratio": ratio,
        "even": even_per_hour(terms),
        "needed": break_even_hit_share(write=terms.write_ratio, read=terms.read_ratio),
        "paying": paying_calls(
            write=terms.write_ratio,
            read=terms.read_ratio,
            rent=terms.storage_ratio * (terms.ttl_seconds or 0) / HOUR,
            answers=terms.answers,
        ),
    }
    if ratio >= 1:
        return Point(verdict="rent" if terms.storage_ratio else "loses", values=values)
    return Point(verdict="pays", values=values)


CALCULATION = Calculation(
    name="caching",
    title="When a cached prefix pays",
    inputs=(
        choices("terms", "Terms", {row.name: row.label for row in cache_prices()}),
        numbers("prefix", "Tokens of the prefix", (400, 1000, 4000, 6000, 20_000, 100_000)),
        numbers("calls", "Calls an hour, at random", CALLS),
    ),
    outputs=(
        Output(name="uncached", label="an hour without the cache", unit="usd"),
        Output(name="cached", label="an hour with it", unit="usd"),
        Output(name="ratio", label="with it, in the price without", unit="times"),
        Output(name="one", label="without it", unit="times", drawn=True),
        Output(name="hits", label="calls that find the prefix", unit="share"),
        Output(name="needed", label="calls that have to find it", unit="share"),
        Output(name="even", label="calls an hour at which it pays", unit="count"),
        Output(name="paying", label="calls in one life at which it pays", unit="count"),
        Output(name="least", label="tokens of a prefix, at least", unit="count"),
    ),
    verdicts={
        "pays": Verdict(
            text="Caching pays: an hour costs {cached} for the prefix in place of {uncached}. "
            "{hits} of the calls find it. At {even} calls an hour it costs as much as without."
        ),
        "loses": Verdict(
            text="Caching loses: an hour costs {cached} for the prefix, without it {uncached}. "
            "Only {hits} of the calls find it, {needed} have to. It pays from {even} calls an hour "
            "on."
        ),
        "rent": Verdict(
            text="Caching loses: keeping the prefix for an hour costs more than so few calls save, "
            "{cached} in place of {uncached}. It pays from {even} calls an hour on."
        ),
        "short": Verdict(
            text="Nothing is cached: {terms} takes prefixes of {least} tokens or more, and "
            "every call pays for new tokens, {uncached} an hour.",
            refused=True,
        ),
        "unsaid": Verdict(
            text="No number: {terms} does not say how long a prefix is kept, and guarantees "
            "nothing. Measure the share of calls that find it; all of them lower the bill.",
            refused=True,
        ),
    },
    at=at,
    picture=Curve(
        over="calls",
        lines=(("ratio", "with the cache", "kv"), ("one", "without it", "floor")),
        title="price with the cache, in that without",
        log=(True, False),
        mark=("even", "pays from here"),
    ),
    note="Calls come at random, at this rate on average. Where each use starts the time to live "
    "again a call finds the prefix if the gap before it was no longer; where the seller does not "
    "say so, it does not. Storage that is paid by the hour goes on all the time, and its one "
    "write is left out. Terms on their days: "
    + "; ".join(dict.fromkeys(f"{row.provider} {row.day}" for row in cache_prices()))
    + ", read in stored copies.",
    start={"terms": "anthropic-5-minutes", "prefix": 6000, "calls": 60},
    rows="calls",
)
