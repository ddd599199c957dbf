"""The alpha-beta model of a message, and its fit to timed ones: a latency, and bytes over a rate.

A library changes its algorithm or protocol as messages grow, so that one line never fits. The rule
here finds where: it lays as many lines one after the other as pay for themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from statistics import median
from typing import NamedTuple

from tokenworks.cost.collectives import sent_bytes
from tokenworks.cost.domain import Count, NotNegative, Positive, physical

LEAST_POINTS = 3  # that a line is laid through: two would always lie on it
SWITCH_COST = 0.3  # a further line must take this much off the sum of relative errors

Points = Sequence[tuple[float, float]]  # of bytes, ascending, and seconds


class Line(NamedTuple):
    """Seconds of a message: alpha, and beta's inverse for each of its bytes."""

    latency_seconds: float
    seconds_per_byte: float

    def seconds(self, size_bytes: float) -> float:
        """Return the time of a message."""
        return self.latency_seconds + self.seconds_per_byte * size_bytes


class Stretch(NamedTuple):
    """A line and the points that it is laid through: from `first` up to, without, `end`."""

    first: int
    end: int
    line: Line


@physical
def expected_all_reduce_seconds(
    message_bytes: NotNegative,
    chips: Count,
    *,
    latency_seconds: NotNegative,
    bytes_per_s: Positive,
) -> float:
    """Return what to expect of an all-reduce: alpha, and the ring's bytes over beta; 0 for one.

    Source: the alpha-beta model (https://arxiv.org/abs/2305.09300 uses it so); derived.
    """
    if chips == 1:
        return 0.0
    return latency_seconds + sent_bytes("all-reduce", message_bytes, chips) / bytes_per_s


def off(line: Line, points: Points) -> list[float]:
    """Return the relative error of a line at each point: |predicted / timed - 1|."""
    return [abs(line.seconds(size) / seconds - 1) for size, seconds in points]


def fit_line(points: Points) -> Line:
    """Return the line with the least sum of relative errors; neither constant is below 0.

    Such a line passes through two of the points, or through one with a constant of 0, so that all
    of those are tried. Without points, or with a time of 0, it raises ValueError.
    Source: derived: a sum of |linear| terms is least in a corner of its regions.
    """
    if not points or min(seconds for _, seconds in points) <= 0:
        raise ValueError("a line needs at least one timed message, and every time above 0")
    return min(_candidates(points), key=lambda line: (math.fsum(off(line, points)), line))


def _candidates(points: Points) -> Iterator[Line]:
    for size, seconds in points:
        yield Line(seconds, 0.0)
        if size > 0:
            yield Line(0.0, seconds / size)
    for (near, early), (far, late) in combinations(points, 2):
        if far > near and late > early:
            slope = (late - early) / (far - near)
            if early >= slope * near:
                yield Line(early - slope * near, slope)


def stretches(
    points: Points, *, switch_cost: float = SWITCH_COST, least: int = LEAST_POINTS
) -> list[Stretch]:
    """Return lines laid one after the other through all points, as many as pay for themselves.

    Of all ways to cut the points into runs of at least so many, the one with the least sum of
    relative errors and a cost for each cut. Fewer points than one run needs raise ValueError.
    Source: derived: optimal segmentation by dynamic programming (Bellman 1961).
    """
    if len(points) < least:
        raise ValueError(f"{len(points)} points are too few: a line takes at least {least}")
    best: list[tuple[float, list[Stretch]] | None] = [(0.0, [])]
    for end in range(1, len(points) + 1):
        ways = []
        for first in range(end - least + 1):
            before = best[first]
            if before is not None:
                line = fit_line(points[first:end])
                cost = before[0] + math.fsum(off(line, points[first:end])) + switch_cost
                ways.append((cost, [*before[1], Stretch(first, end, line)]))
        best.append(min(ways, key=lambda way: way[0]) if ways else None)
    found = best[-1]
    assert found is not None  # there are enough points for one run
    return found[1]


def held_out_error(points: Points, cut: Sequence[Stretch]) -> float:
    """Return the median relative error at points that a stretch's line was not laid through.

    Each point is left out once and predicted by the others of its stretch.
    """
    errors = []
    for first, end, _ in cut:
        for left in range(first, end):
            others = [points[i] for i in range(first, end) if i != left]
            errors += off(fit_line(others), [points[left]])
    return median(errors)
