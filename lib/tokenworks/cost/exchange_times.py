"""How long a step's exchanges take over given networks, each waiting for the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tokenworks.cost.collectives import (
    all_gather_seconds,
    all_reduce_seconds,
    all_to_all_seconds,
    reduce_scatter_seconds,
    send_seconds,
)
from tokenworks.cost.exchanges import Exchange
from tokenworks.cost.topology import Network

SECONDS: dict[str, Callable[[float, Network], float]] = {
    "all-reduce": all_reduce_seconds,
    "all-gather": all_gather_seconds,
    "reduce-scatter": reduce_scatter_seconds,
    "all-to-all": all_to_all_seconds,
    "send": send_seconds,
}


def exchange_seconds(exchanges: Iterable[Exchange], over: Mapping[int, Network]) -> float:
    """Return what all exchanges take, one after another, each over the network of its devices.

    `over` has a network for each number of devices, such as {8: network(h100, 8)}; one that is
    missing or has other devices, and an unknown kind of exchange, raise ValueError.
    Source: derived: the times of `collectives`, added.
    """
    total = 0.0
    for each in exchanges:
        if each.kind not in SECONDS:
            raise ValueError(f"{each.kind!r} is no exchange; known: {', '.join(SECONDS)}")
        among = over.get(each.devices)
        if among is None or among.devices != each.devices:
            known = ", ".join(map(str, over)) or "none"
            raise ValueError(f"no network of {each.devices} devices is given; given: {known}")
        total += each.calls * SECONDS[each.kind](each.size_bytes, among)
    return total
