"""How many replicas there should be: requests inside over a target, looked at now and then."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tokenworks.number import Number, make_bounded, make_whole


@dataclass(frozen=True, kw_only=True)
class Autoscaler:
    """Wants as many replicas as bring the requests inside to `target` for each.

    It looks every `interval_seconds`, as often as Kubernetes unless told. A new replica is ready
    after `cold_start_seconds`, its cache empty, and is paid for meanwhile. Fewer are wanted only
    where fewer sufficed all through the last `settle_seconds`; those that go finish what they have.
    Impossible values raise ValueError.
    Source: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ (the rule,
    the period of 15 seconds, and the stabilization window of 300).
    """

    target: Number  # requests of one replica, waiting and running
    cold_start_seconds: Number  # measure yours: nobody can say it for another
    least: int = 1
    most: int = 64
    interval_seconds: Number = 15.0
    settle_seconds: Number = 300.0

    def __post_init__(self) -> None:
        make_whole(self, "least", "most")
        make_bounded(self, "target", "interval_seconds", above=True)
        make_bounded(self, "cold_start_seconds", "settle_seconds")
        if self.most < self.least:
            raise ValueError(f"most must be at least least, {self.least}; got {self.most}")

    def wanted(self, inside: int) -> int:
        """Return the replicas for so many requests, within `least` and `most`."""
        return max(self.least, min(self.most, math.ceil(inside / self.target)))


@dataclass
class Scaling:
    """An autoscaler at work: what it wanted of late."""

    rule: Autoscaler
    _wishes: list[tuple[float, int]] = field(default_factory=list, init=False)

    def change(self, inside: int, replicas: int, *, now: float) -> int:
        """Return how many replicas to add now, or below 0 to let go, of those there or coming."""
        wish = self.rule.wanted(inside)
        since = now - self.rule.settle_seconds
        self._wishes = [(at, n) for at, n in self._wishes if at >= since] + [(now, wish)]
        if wish >= replicas:
            return wish - replicas
        return min(0, max(n for _, n in self._wishes) - replicas)
