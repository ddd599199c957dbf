"""The ways to add up an array over devices: how many steps each takes, and what each device sends.

Few steps send much, and the least bytes take most steps, so that libraries change from one way to
another as messages grow.
"""

from __future__ import annotations

from typing import NamedTuple

from tokenworks.cost.collectives import sent_bytes
from tokenworks.cost.domain import Count, NotNegative, Positive, physical


class Way(NamedTuple):
    """Steps, one after the other, and the bytes that each device sends in all of them together."""

    steps: int
    bytes: float


WAYS = ("one-shot", "two-shot", "ring", "in the switch")


@physical
def all_reduce_way(way: str, size_bytes: NotNegative, devices: Count) -> Way:
    """Return what an all-reduce of an array takes one of the `WAYS`; an unknown one: ValueError.

    One-shot: everybody sends all of it to everybody. Two-shot: everybody sums its share, then
    sends it round. Ring: the same in n - 1 steps each, to the next device alone. In the switch:
    each sends its array once, and the switch adds up.
    Source: derived; the first two as in
    https://github.com/vllm-project/vllm/blob/main/csrc/custom_all_reduce.cuh.
    """
    if way not in WAYS:
        raise ValueError(f"{way!r} is no way to all-reduce; known: {', '.join(WAYS)}")
    if devices == 1:
        return Way(0, 0.0)
    sent = sent_bytes("all-reduce", size_bytes, devices)
    ways = {
        "one-shot": Way(1, float((devices - 1) * size_bytes)),
        "two-shot": Way(2, sent),
        "ring": Way(2 * (devices - 1), sent),
        "in the switch": Way(1, float(size_bytes)),
    }
    return ways[way]


@physical
def way_seconds(
    way: str,
    size_bytes: NotNegative,
    devices: Count,
    *,
    step_seconds: NotNegative,
    bytes_per_s: Positive,
) -> float:
    """Return alpha for each step and the bytes that a device sends over beta.

    Source: the alpha-beta model (https://arxiv.org/abs/2305.09300 uses it so).
    """
    steps, sent = all_reduce_way(way, size_bytes, devices)
    return steps * step_seconds + sent / bytes_per_s


@physical
def two_shot_from_bytes(
    devices: Count, *, step_seconds: NotNegative, bytes_per_s: Positive
) -> float:
    """Return the size from which two steps beat one: alpha saved against bytes saved.

    Up to two devices one step always wins: infinity.
    Source: derived: alpha + (n - 1)·V/beta = 2·alpha + 2·(n - 1)/n·V/beta, solved for V.
    """
    if devices <= 2:
        return float("inf")
    return step_seconds * bytes_per_s / ((devices - 1) * (1 - 2 / devices))
