"""Which replica gets a request: the longest prefix, unless it is saturated."""

from __future__ import annotations

from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _replicas(rng: Random) -> Case:
    count, limit = rng.randrange(3, 8), rng.randrange(2, 6)
    cached = [rng.choice([0, 0, 1, 2, 4, 4]) for _ in range(count)]
    loads = [rng.randrange(0, limit + 2) for _ in range(count)]
    kind = rng.choice(["any", "full", "tie", "best is full", "on the limit"])
    best = max(range(count), key=cached.__getitem__)
    if kind == "full":
        loads = [limit + rng.randrange(0, 3) for _ in range(count)]
    elif kind == "tie":
        cached[rng.randrange(count)] = max(cached)
    elif kind == "best is full":
        loads[best] = limit + 1
    elif kind == "on the limit":
        loads[best] = limit
    return (cached, loads, limit)


def _least_loaded_first(cached: Any, loads: Any, saturation: Any) -> int:
    free = [i for i in range(len(loads)) if loads[i] < saturation] or [*range(len(loads))]
    return min(free, key=lambda i: (loads[i], -cached[i], i))


def _best_of_the_full(cached: Any, loads: Any, saturation: Any) -> int:
    free = [i for i in range(len(loads)) if loads[i] < saturation] or [*range(len(loads))]
    return min(free, key=lambda i: (-cached[i], loads[i], i))


@exercise(
    5,
    examples=(Example(([4, 2, 2, 0], [3, 2, 1, 0], 3), "2"),),
    cases=(
        ([0, 3, 1], [2, 2, 0], 4),
        ([0, 3, 1], [2, 4, 0], 4),
        ([3, 3, 3], [2, 1, 1], 4),
        ([5, 0, 0], [4, 4, 5], 4),
        ([0, 5, 1], [6, 7, 6], 4),
        ([1, 1, 0, 0], [3, 3, 0, 0], 4),
        ([0, 0], [1, 1], 1),
    ),
    draw=_replicas,
    mistakes=(
        Mistake(
            "nobody is ever full",
            (" if loads[i] < saturation", ""),
            "A replica that is saturated gets the request only where all are.",
        ),
        Mistake(
            "one more than the limit",
            ("loads[i] < saturation", "loads[i] <= saturation"),
            "With as many requests as the limit a replica is saturated.",
        ),
        Mistake(
            "the least loaded first",
            _least_loaded_first,
            "Of those with room the longest prefix decides; the load decides between equals.",
        ),
        Mistake(
            "equals by their number",
            ("(-cached[i], loads[i], i)", "(-cached[i], i)"),
            "Of equal prefixes the replica with fewer requests is chosen.",
        ),
        Mistake(
            "the longest prefix of the full",
            _best_of_the_full,
            "Where all are saturated the least loaded gets the request, whatever it has cached.",
        ),
        Mistake(
            "the shortest prefix",
            ("(-cached[i], loads[i], i)", "(cached[i], loads[i], i)"),
            "The more blocks a replica has cached, the less it must read.",
        ),
    ),
    unit="replica",
    tolerance=0.0,
)
def routed_to(cached, loads, saturation):
    """Who gets it.

    Replica `i` has `cached[i]` blocks of the prompt in its cache and `loads[i]` requests. One with
    `saturation` requests or more is saturated. Of those that are not, the one with the most cached
    blocks gets the request, of equals the one with fewer requests, of equals again the first. Where
    all are saturated, the one with the fewest requests gets it, of equals the first. Return its
    place in the list, which begins with 0.

    Example: `[4, 2, 2, 0]` cached, `[3, 2, 1, 0]` requests, saturated from 3 on: 2.
    """
    free = [i for i in range(len(loads)) if loads[i] < saturation]
    if not free:
        return min(range(len(loads)), key=lambda i: (loads[i], i))
    return min(free, key=lambda i: (-cached[i], loads[i], i))
