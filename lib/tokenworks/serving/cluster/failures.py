"""When replicas fail: planned ones, or drawn with a seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tokenworks.number import Number, bounded, make_bounded, make_whole, whole


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A replica, by its number, loses its cache and its requests at a moment.

    Its requests go back to the router: tokens that are out stay out, and their keys and values are
    computed again elsewhere. After `recovery_seconds` it is back, empty; None: never.
    Source: https://docs.nvidia.com/dynamo (request migration: the tokens so far go along).
    """

    replica: int
    seconds: Number
    recovery_seconds: Number | None = None

    def __post_init__(self) -> None:
        make_whole(self, "replica", least=0)
        make_bounded(self, "seconds")
        if self.recovery_seconds is not None:
            make_bounded(self, "recovery_seconds")


def random_failures(
    replicas: int,
    *,
    mean_seconds: Number,
    until_seconds: Number,
    seed: int,
    recovery_seconds: Number,
) -> list[Failure]:
    """Return failures that come at random, each replica's `mean_seconds` apart while it is up.

    Times are exponential: a replica has no age. Impossible values raise ValueError.
    """
    mean = bounded(mean_seconds, "mean_seconds", above=True)
    end = bounded(until_seconds, "until_seconds")
    back = bounded(recovery_seconds, "recovery_seconds")
    found = []
    for replica in range(whole(replicas, "replicas")):
        random, now = Random(f"failures {seed} {replica}"), 0.0
        while (now := now + random.expovariate(1 / mean)) < end:
            found.append(Failure(replica=replica, seconds=now, recovery_seconds=back))
            now += back
    return sorted(found, key=lambda each: (each.seconds, each.replica))
