"""What routing makes of caches: hits, tokens that are computed, and what prompts cost."""

from __future__ import annotations

from tokenworks.cost.cache_locality import PrefixTraffic, Routed, routed
from tokenworks.number import Number
from tokenworks.units import show
from tokenworks.widgets.calculation import (
    Across,
    Calculation,
    Output,
    Place,
    Point,
    Verdict,
    choices,
    numbers,
    times_text,
)
from tokenworks.widgets.kit import seconds_text

SHARED, HISTORY, NEW = 6000, 3000, 200
RATE, CONVERSATIONS = 2, 400
POLICIES = {
    "round-robin": "round robin",
    "least-request": "the least busy first",
    "sticky": "sticky sessions",
    "prefix-aware": "prefix-aware routing",
}


def at_random(share: Number) -> float:
    """Return the share of calls at random that find something: never all of them."""
    return min(float(share), 1 - 1e-9)


def found_by(place: Place, policy: str) -> Routed:
    """Return what a policy finds of the shared prefixes and of conversations."""
    shared, history = (
        PrefixTraffic(
            requests_per_s=RATE,
            prefixes=count,
            replicas=place["replicas"],
            ttl_seconds=place["ttl"],
        )
        for count in (place["prefixes"], CONVERSATIONS)
    )
    return routed(policy, shared, history)


def at(place: Place) -> Point:
    """Return hits and the price of a prompt."""
    found, turns = found_by(place, place["policy"]), found_by(place, "round-robin")

    def cost(of: Routed) -> float:
        return of.input_cost(new=NEW, shared=SHARED, history=HISTORY, read=place["read"])

    values = {
        "shared": at_random(found.shared_hits),
        "history": at_random(found.history_hits),
        "computed": found.computed_tokens(new=NEW, shared=SHARED, history=HISTORY),
        "cost": cost(found) / (NEW + SHARED + HISTORY),
        "beside": cost(found) / cost(turns),
        "busiest": found.busiest_ratio,
    }
    if place["replicas"] == 1:
        return Point(verdict="one", values=values)
    if place["policy"] in ("round-robin", "least-request"):
        return Point(verdict="spread", values=values)
    return Point(verdict="home" if found.busiest_ratio < 2 else "crowded", values=values)


FOUND = (
    "{shared} of the prompts find their shared prefix ({prefixes} in all, kept for {ttl}), "
    "{history} their history."
)
PRICED = (
    "{computed} tokens of a prompt are computed; with {read} for a token found it costs {cost} of "
    "one without caches."
)
CALCULATION = Calculation(
    name="locality",
    title="What routing makes of the caches of several replicas",
    inputs=(
        choices("policy", "Policy", POLICIES),
        numbers("replicas", "Replicas", (1, 2, 4, 8, 16, 32)),
        numbers("prefixes", "Shared prefixes", (1, 10, 100)),
        numbers("ttl", "Kept without use", (60, 300, 1800), text=seconds_text),
        numbers("read", "A token found costs", (0.1, 0.25, 0.5), text=times_text),
    ),
    outputs=(
        Output(name="shared", label="shared prefixes found", unit="share"),
        Output(name="history", label="histories found", unit="share"),
        Output(name="computed", label="tokens of a prompt computed", unit="count"),
        Output(name="cost", label="a prompt, in one without caches", unit="share"),
        Output(name="beside", label="a prompt, in that of round robin", unit="share"),
        Output(name="busiest", label="busiest replica over the mean", unit="times"),
    ),
    verdicts={
        "one": Verdict(
            text=f"With one replica every policy is the same, {{policy}}, too: {FOUND} {PRICED}"
        ),
        "spread": Verdict(text=f"With {{policy}} over {{replicas}} replicas, {FOUND} {PRICED}"),
        "home": Verdict(
            text="With {policy}, conversations come home to one of {replicas} replicas: "
            f"{FOUND} {PRICED} That is {{beside}} of what round robin pays; the busiest replica "
            "has {busiest} the mean load."
        ),
        "crowded": Verdict(
            text="With {policy}, {replicas} replicas have one home for each prefix: "
            f"{FOUND} {PRICED} But the busiest replica would have {{busiest}} the mean load: let "
            "it spill over, or give a popular prefix several homes."
        ),
    },
    at=at,
    picture=Across(over="policy", output="cost", title="Price of a prompt, of one without caches"),
    note=f"{SHARED:,} shared tokens, {HISTORY:,} of the conversation's own, {NEW} new; "
    f"{show(RATE, 'requests/s')} at random of {CONVERSATIONS} conversations; replicas drop nothing "
    "before its time. Shares of prompts that hit are exact for such traffic; writing into a cache "
    "costs no more than a new token.",
    start={"policy": "round-robin", "replicas": 8, "prefixes": 1, "ttl": 300, "read": 0.1},
    rows="policy",
)
