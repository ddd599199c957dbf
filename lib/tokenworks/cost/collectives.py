"""What devices send each other, from first principles: bytes of each, and the floor of its time.

`size_bytes` is one thing in all of them: the array as a device holds it whole, before a
reduce-scatter or an all-to-all, after an all-gather, both before and after an all-reduce. A time is
alpha for each step and bytes over beta: the latency of all hops to the farthest device, and what
must be sent over all links of the device that has fewest. On a network without latencies
(`hop_seconds` 0) it is a floor; with them, what a schedule of rings takes at best.
"""

from __future__ import annotations

from tokenworks.cost.domain import Count, NotNegative, physical
from tokenworks.cost.topology import Axis, Network, Switch, Torus

COLLECTIVES = ("all-reduce", "all-gather", "reduce-scatter", "all-to-all", "send")


@physical
def sent_bytes(collective: str, size_bytes: NotNegative, devices: Count) -> float:
    """Return the bytes that each device must send where nobody adds up on the way.

    An all-gather sends each device's share to all others, once; a reduce-scatter is the same
    backwards; an all-reduce is both. An all-to-all keeps its own share. One device sends nothing;
    an unknown collective raises ValueError.
    Source: https://arxiv.org/abs/1909.08053 and Patarasuk and Yuan 2009: (n - 1)/n of the array.
    """
    if collective not in COLLECTIVES:
        raise ValueError(f"{collective!r} is no collective; known: {', '.join(COLLECTIVES)}")
    if collective == "send":
        return float(size_bytes)
    passes = 2 if collective == "all-reduce" else 1
    return passes * (devices - 1) / devices * size_bytes


@physical
def all_gather_seconds(size_bytes: NotNegative, over: Network) -> float:
    """Return the time of an all-gather: each device ends with the whole array.

    Source: derived: (n - 1)/n of the array into the device with the fewest links; in a ring of n
    https://jax-ml.github.io/scaling-book/sharding/ has the same, with n/2 hops.
    """
    moving = sent_bytes("all-gather", size_bytes, over.devices) / _rate(over)
    return moving + over.hops * over.hop_seconds


@physical
def reduce_scatter_seconds(size_bytes: NotNegative, over: Network) -> float:
    """Return the time of a reduce-scatter: each device ends with its share of the sum.

    Source: derived: an all-gather backwards, with additions on the way.
    """
    return all_gather_seconds(size_bytes, over)


@physical
def all_reduce_seconds(size_bytes: NotNegative, over: Network) -> float:
    """Return the time of an all-reduce: each device ends with the whole sum.

    Twice an all-gather; or, through a switch that adds up, the array out once and the sum in once,
    at the same time. Source: derived; https://arxiv.org/abs/1909.08053.
    """
    if over.devices == 1:
        return 0.0
    if isinstance(over, Switch) and over.sums:
        return size_bytes / over.device_bytes_per_s + over.hops * over.hop_seconds
    return 2 * all_gather_seconds(size_bytes, over)


@physical
def all_to_all_seconds(size_bytes: NotNegative, over: Network) -> float:
    """Return the time of an all-to-all: each device sends every other its share of the array.

    Along an axis half of the bytes cross its middle: over two links in a ring, one in a line.
    The busiest axis decides. Source: derived: bytes through the links that are crossed most;
    https://jax-ml.github.io/scaling-book/sharding/ has a quarter of an all-gather for a ring.
    """
    latency = over.hops * over.hop_seconds
    if isinstance(over, Switch):
        return (
            sent_bytes("all-to-all", size_bytes, over.devices) / over.device_bytes_per_s + latency
        )
    crossed = max(_crossing_share(axis) for axis in over.axes)
    return crossed * size_bytes / over.link_bytes_per_s + latency


def _crossing_share(axis: Axis) -> float:
    """Return the share of a device's array that passes the busiest link of an axis, one way.

    In a line of n, n/2 devices on either side send n/2 others 1/n each through its middle. A ring
    halves the ways and has two of them: a quarter of n²/4 pairs for each of its links.
    """
    pairs = axis.devices**2 // 4 / axis.devices
    return pairs / 2 if axis.is_ring else pairs


@physical
def send_seconds(size_bytes: NotNegative, over: Network, *, hops: Count = 1) -> float:
    """Return the time of sending an array to one other device, so many hops away.

    Over one link of a torus; through a switch at a device's whole rate.
    Source: derived: bytes over the link, after the latency of the hops.
    """
    rate = over.link_bytes_per_s if isinstance(over, Torus) else over.device_bytes_per_s
    if over.devices == 1:
        raise ValueError("one device has no other to send to: a network needs two")
    return size_bytes / rate + hops * over.hop_seconds


@physical
def two_level_all_reduce_seconds(
    size_bytes: NotNegative, inside: Network, between: Network
) -> float:
    """Return the time of an all-reduce over servers that are joined by a slower network.

    Reduce-scatter inside each server, all-reduce of each share between servers, all-gather inside:
    `between` is the network that one device of each server sees, at its own port's rate.
    Source: derived; NCCL and https://arxiv.org/abs/1909.08053 go this way round.
    """
    share = size_bytes / inside.devices
    around = reduce_scatter_seconds(size_bytes, inside) + all_gather_seconds(size_bytes, inside)
    return around + all_reduce_seconds(share, between)


def _rate(over: Network) -> float:
    return over.device_bytes_per_s or 1.0  # one device has no links, and sends nothing
