"""What the last ten seconds were like: tokens, gaps, answers and work, half a second at a time."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenworks.percentiles import percentile
from tokenworks.serving.cluster.replica import RunningReplica
from tokenworks.serving.driver import Step
from tokenworks.serving.metrics import Slo, tpot_seconds
from tokenworks.serving.request import Request

TICK = 0.5  # seconds from one board to the next
WINDOW = 10.0  # seconds that a board looks back
TICKS = round(WINDOW / TICK)

Gap = tuple[float, int]  # seconds between two tokens of a request, and how often


@dataclass
class Tick:
    """What happened in one half second."""

    gaps: list[Gap] = field(default_factory=list)
    gap_count: int = 0
    gap_seconds: float = 0.0
    firsts: list[float] = field(default_factory=list)  # times to first token
    tokens: int = 0
    done: int = 0
    good: int = 0  # of those, within the SLO
    busy_seconds: float = 0.0
    chip_seconds: float = 0.0
    up_seconds: float = 0.0


@dataclass
class Window:
    """The last half seconds, and the one that is being filled.

    A plan of steps is counted up to the moment that is asked for, though its tokens are entered
    when it ends.
    """

    slo: Slo
    first_seconds: float  # before a request's first step
    now: Tick = field(default_factory=Tick)
    ticks: deque[Tick] = field(default_factory=lambda: deque(maxlen=TICKS))
    # Of a replica's plan that runs: the steps that are counted, and up to when its time is
    _counted: dict[int, tuple[int, float]] = field(default_factory=dict)

    def count(self, replica: RunningReplica, until: float) -> None:
        """Count the steps of a replica's plan that end before a moment."""
        if plan := replica.plan:
            self._count(replica, bisect_left(plan.times, until), until)

    def end(self, replica: RunningReplica, now: float) -> None:
        """Count a plan that ends now, or is broken off: the steps that are over."""
        if plan := replica.plan:
            self._count(replica, bisect_right(plan.times, now), now)
            self._counted.pop(replica.number)

    def _count(self, replica: RunningReplica, upto: int, until: float) -> None:
        before, since = self._counted.get(replica.number, (0, replica.started))
        if replica.plan and upto > before:
            self._tokens(replica.plan, before, upto)
        self.now.busy_seconds += until - since
        self._counted[replica.number] = (upto, until)

    def _tokens(self, plan: Step, before: int, upto: int) -> None:
        """Count the tokens of a plan's steps: the gap before each, or the time to the first."""
        tick = self.now
        times, emitted, emitting = plan.times, plan.outcome.made, plan.batch.emitting
        if not before:
            at, gaps = times[0], dict[float, int]()
            for request in emitting:
                made = emitted[request].tokens if request in emitted else 1
                tick.tokens += made
                if made > 1:
                    gaps[0.0] = gaps.get(0.0, 0) + made - 1
                if request.token_seconds:
                    gap = at - request.token_seconds[-1]
                    gaps[gap] = gaps.get(gap, 0) + 1
                else:
                    tick.firsts.append(self.first_seconds + at - request.arrival_seconds)
            tick.gaps += gaps.items()
            before = 1
        if rows := len(emitting):
            tick.tokens += rows * (upto - before)
            tick.gaps += ((times[i] - times[i - 1], rows) for i in range(before, upto))

    def answered(self, request: Request) -> None:
        """Count a whole answer."""
        self.now.done += 1
        self.now.good += self.met(request)

    def met(self, request: Request) -> bool:
        """Return whether an answer kept the bounds."""
        first = self.first_seconds + request.token_seconds[0] - request.arrival_seconds
        each = tpot_seconds(request)
        ttft, tpot = self.slo.ttft_seconds, self.slo.tpot_seconds
        late = ttft is not None and first > ttft
        return not late and (tpot is None or each is None or each <= tpot)

    def close(self) -> None:
        """Begin the next half second."""
        tick = self.now
        tick.gaps.sort(reverse=True)
        tick.gap_count = sum(often for _, often in tick.gaps)
        tick.gap_seconds = math.fsum(gap * often for gap, often in tick.gaps)
        self.ticks.append(tick)
        self.now = Tick()

    def told(self) -> dict[str, Any]:
        """Return rates, times and shares of the half seconds that are over."""
        ticks = self.ticks
        seconds = TICK * len(ticks)
        gaps = sum(tick.gap_count for tick in ticks)
        firsts = [first for tick in ticks for first in tick.firsts]
        tokens = sum(tick.tokens for tick in ticks)
        up = math.fsum(tick.up_seconds for tick in ticks)
        return {
            "output_tokens_per_s": tokens / seconds,
            "requests_per_s": sum(tick.done for tick in ticks) / seconds,
            "ttft_p50": percentile(firsts, 50) if firsts else None,
            "ttft_p99": percentile(firsts, 99) if firsts else None,
            "itl_mean": math.fsum(t.gap_seconds for t in ticks) / gaps if gaps else None,
            "itl_p99": gap_at([tick.gaps for tick in ticks], 0.99),
            "utilisation": math.fsum(t.busy_seconds for t in ticks) / up if up else None,
            "goodput": sum(tick.good for tick in ticks) / seconds,
            "chips": math.fsum(tick.chip_seconds for tick in ticks) / seconds,
        }


def gap_at(parts: Sequence[Sequence[Gap]], share: float) -> float | None:
    """Return the smallest gap that this share of all is no longer than, or None.

    Each part has its longest first. Those above the answer are among the longest of each part, so
    that no more of it is looked at.
    """
    count = sum(often for part in parts for _, often in part)
    above = count - math.ceil(share * count)  # may be longer
    longest: list[Gap] = []
    for part in parts:
        left = above
        for gap in part:
            longest.append(gap)
            left -= gap[1]
            if left < 0:
                break
    longest.sort(reverse=True)
    for gap, often in longest:
        above -= often
        if above < 0:
            return gap
    return None
