"""Timed all-reduces as lines between switch points, found by one rule and named.

`cost.kernel_fits()` has one line for each library, up to the longest message that engines send:
that is what an expected step takes. Here are all sizes, and where one line gives way to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from statistics import linear_regression, median, quantiles
from typing import NamedTuple

from tokenworks.cost.all_reduce_ways import all_reduce_way
from tokenworks.cost.alpha_beta import Line, Points, Stretch, held_out_error, off, stretches
from tokenworks.cost.collectives import sent_bytes
from tokenworks.cost.domain import Count, physical
from tokenworks.data.silicon import CHIP_OF, AllReduceTime, all_reduce_times
from tokenworks.units import show

LEAST_COUNTS = 3  # numbers of chips that a line over steps is laid through


class Switch(NamedTuple):
    """Where a library changes its way: the last size of the old, the first of the new."""

    after_bytes: int
    at_bytes: int
    jump: float  # the new line over the old one at the new one's first size

    @property
    def name(self) -> str:
        """The switch in words, such as "256 KiB to 512 KiB (× 1.26)"."""
        return f"{size(self.after_bytes)} to {size(self.at_bytes)} (× {self.jump:.2f})"


class Segment(NamedTuple):
    """One line of a fit: from a size to another, with its constants and its error."""

    first_bytes: int
    last_bytes: int
    points: int
    line: Line  # over the bytes that a ring sends
    median_error: float

    @property
    def latency_seconds(self) -> float:
        """Alpha."""
        return self.line.latency_seconds

    @property
    def bytes_per_s(self) -> float:
        """Beta, of the bytes that a ring sends; infinite where time does not grow with size."""
        slope = self.line.seconds_per_byte
        return 1 / slope if slope else float("inf")


@dataclass(frozen=True)
class AllReduceFit:
    """The lines of one library on so many chips of a kind, and how far they are off."""

    chip: str  # a row of chips.csv
    implementation: str
    chips: int
    segments: tuple[Segment, ...]
    median_error: float  # of all points: each lies on one line, none is left out
    p90_error: float
    held_out_median_error: float  # of points that their line had not seen
    worst_bytes: int  # the size that is missed most, and by how much
    worst_error: float
    source: str = AllReduceTime.source
    accessed: str = AllReduceTime.accessed

    @property
    def switches(self) -> tuple[Switch, ...]:
        """Where the lines meet, or do not."""
        pairs = zip(self.segments, self.segments[1:], strict=False)
        return tuple(self._switch(old, new) for old, new in pairs)

    def _switch(self, old: Segment, new: Segment) -> Switch:
        sent = sent_bytes("all-reduce", new.first_bytes, self.chips)
        jump = new.line.seconds(sent) / old.line.seconds(sent)
        return Switch(old.last_bytes, new.first_bytes, jump)

    def seconds(self, message_bytes: float) -> float:
        """Return what to expect of a message: the line of the last switch at or below it."""
        within = [s for s in self.segments if s.first_bytes <= message_bytes]
        chosen = within[-1] if within else self.segments[0]
        return chosen.line.seconds(sent_bytes("all-reduce", message_bytes, self.chips))


def size(size_bytes: int) -> str:
    """Return a size as engineers write it: "512 B", "256 KiB", "1 GiB"."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size_bytes >= factor:
            return show(size_bytes, unit, decimals=0)
    return f"{size_bytes} B"


def timed(chip: str, implementation: str, chips: int) -> list[AllReduceTime]:
    """Return the timed all-reduces of a group, by size; a group nobody timed raises ValueError."""
    rows = [
        row
        for row in all_reduce_times()
        if (CHIP_OF[row.system], row.implementation, row.chips) == (chip, implementation, chips)
    ]
    if not rows:
        known = "; ".join(" ".join(map(str, key)) for key in groups())
        raise ValueError(f"nobody timed {implementation} on {chips} × {chip}; known: {known}")
    return sorted(rows, key=lambda row: row.bytes)


@cache
def groups() -> tuple[tuple[str, str, int], ...]:
    """Return (chip, library, chips) of everything that was timed, in file order."""
    keys = ((CHIP_OF[r.system], r.implementation, r.chips) for r in all_reduce_times())
    return tuple(dict.fromkeys(keys))


@cache
@physical
def fit_all_reduce(chip: str, implementation: str, chips: Count) -> AllReduceFit:
    """Return the lines through a group's timed all-reduces, and where it switches.

    A group that nobody timed raises ValueError, which lists those that were.
    Source: derived: `alpha_beta.stretches` over the bytes that a ring sends.
    """
    rows = timed(chip, implementation, chips)
    points = [(sent_bytes("all-reduce", r.bytes, chips), r.seconds) for r in rows]
    cut = stretches(points)
    errors = [e for first, end, line in cut for e in off(line, points[first:end])]
    worst = max(range(len(errors)), key=errors.__getitem__)
    return AllReduceFit(
        chip,
        implementation,
        chips,
        tuple(_segment(rows, points, stretch) for stretch in cut),
        median(errors),
        quantiles(errors, n=10)[-1],
        held_out_error(points, cut),
        rows[worst].bytes,
        errors[worst],
    )


def _segment(rows: list[AllReduceTime], points: Points, stretch: Stretch) -> Segment:
    first, end, line = stretch
    error = median(off(line, points[first:end]))
    return Segment(rows[first].bytes, rows[end - 1].bytes, end - first, line, error)


class StepLatency(NamedTuple):
    """How the latency of small messages grows with a ring's steps: a start, and each step."""

    start_seconds: float
    step_seconds: float
    worst_seconds: float  # the fitted latency that is farthest off this line

    def seconds(self, chips: int) -> float:
        """Return alpha among so many chips."""
        return self.start_seconds + all_reduce_way("ring", 0, chips).steps * self.step_seconds


@physical
def latency_by_steps(chip: str, implementation: str) -> StepLatency:
    """Return alpha of small messages as a line over the 2·(n - 1) steps of a ring of n chips.

    A library that goes round a ring pays for each step; one-shot kernels pay once, and grow hardly
    at all. A library timed on fewer than three numbers of chips raises ValueError.
    Source: derived: least squares through the first line of each fit.
    """
    counts = [n for name, library, n in groups() if (name, library) == (chip, implementation)]
    if len(counts) < LEAST_COUNTS:
        raise ValueError(f"{implementation} on {chip} was timed on {len(counts)} numbers of chips")
    fits = [fit_all_reduce(chip, implementation, n) for n in counts]
    alphas = [fit.segments[0].latency_seconds for fit in fits]
    steps = [all_reduce_way("ring", 0, n).steps for n in counts]
    slope, start = linear_regression(steps, alphas)
    off_by = (abs(start + slope * x - y) for x, y in zip(steps, alphas, strict=True))
    return StepLatency(start, slope, max(off_by))
