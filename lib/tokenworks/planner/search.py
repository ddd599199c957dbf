"""The cheapest way to deploy that the simulator lets pass, and what comes after it.

Ways are tried from the lowest rent up, each from the number of copies below which the means alone
do not carry the rate. One that fails its replay comes back with a smaller batch, or with more
copies and a higher rent, and is dropped in the end.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from tokenworks.number import rounded_up
from tokenworks.planner.candidate import Candidate
from tokenworks.planner.rents import Prices
from tokenworks.planner.replay import (
    COUNTED,
    SEEDS,
    SEEDS_IF_CLOSE,
    Replay,
    Seen,
    replay_of,
    seen,
)
from tokenworks.planner.replicas import RATIOS, Ratio
from tokenworks.planner.saturation import MOST_BUSY, saturated_requests_per_s
from tokenworks.planner.sizing import Sizing

FEW = 4  # copies up to which every number is tried
SLACK = 0.5  # of the time to first token that leaves room for a smaller batch
SMALLER = 0.8  # of a batch that took too long a token
MOST_TRIED = 24  # replays for the plan; ways beyond are left out
MOST_BESIDE = 12  # further ones for the alternatives


class Family(NamedTuple):
    """Ways that differ in the number of copies alone."""

    sizing: Sizing
    ratio: Ratio | None

    @property
    def batch(self) -> int:
        """The largest batch that memory and the mean time a token allow."""
        return self.sizing.decode_batch if self.ratio else self.sizing.largest_batch

    @property
    def means_per_s(self) -> float:
        """Requests a second that the means give one copy or group."""
        if self.ratio:
            return self.sizing.group_requests_per_s(self.ratio)
        return self.sizing.requests_per_s(self.batch)

    @property
    def first(self) -> int:
        """Groups below which the means alone do not carry the rate: where a search begins."""
        return self.sizing.least_groups(self.ratio) if self.ratio else self.sizing.least_replicas()

    @property
    def likeness(self) -> tuple[object, ...]:
        """What must differ in an alternative: where, in which weights, in one pool or two."""
        return _likeness(self)


class Trial(NamedTuple):
    """A candidate, and what the simulator said of it."""

    candidate: Candidate
    replay: Replay

    @property
    def likeness(self) -> tuple[object, ...]:
        """That of its family."""
        return _likeness(self.candidate)

    @property
    def met(self) -> bool:
        """Whether it may be printed as a plan."""
        return self.replay.met


def _likeness(way: Family | Candidate) -> tuple[object, ...]:
    replica = way.sizing.replica
    return replica.layout, replica.weights, way.ratio is not None


@dataclass
class Search:
    """A search among families of ways, and everything that was tried."""

    families: Sequence[Family]
    prices: Prices
    seed: int
    max_chips: int | None = None
    without_room: Sequence[Sizing] = ()  # copies whose memory does not hold one request
    counted: int = COUNTED  # requests of each seed
    tried: int = field(default=0, init=False)
    exhausted: bool = field(default=False, init=False)  # the number of tries, with ways left
    _runs: dict[tuple[object, ...], Trial] = field(default_factory=dict, init=False)
    _saturated: dict[Sizing, float] = field(default_factory=dict, init=False)
    _order: Iterator[int] = field(default_factory=count, init=False)  # settles ties

    @property
    def trials(self) -> list[Trial]:
        """Everything that was replayed."""
        return list(self._runs.values())

    def candidate(self, family: Family, groups: int, batch: int | None = None) -> Candidate:
        """Return a way with so many copies or groups."""
        return Candidate(
            sizing=family.sizing,
            batch=batch or family.batch,
            groups=groups,
            prices=self.prices,
            ratio=family.ratio,
        )

    def requests_per_s(self, family: Family) -> float:
        """Return what one copy or group serves where requests never run out.

        Simulated where a copy does both; of two pools it is the slower one's.
        """
        if family.ratio:
            return family.means_per_s
        sizing = family.sizing
        if sizing not in self._saturated:
            self._saturated[sizing] = saturated_requests_per_s(sizing, family.batch)
        return self._saturated[sizing]

    def least(self, family: Family) -> int:
        """Return the groups of which none gets more than a share of what it could serve."""
        most = MOST_BUSY * self.requests_per_s(family)
        return max(1, rounded_up(family.sizing.demand.requests_per_s / most))

    def trial(self, family: Family, groups: int) -> Trial:
        """Return what the simulator says of so many copies, at a smaller batch where that helps."""
        tested = self._tested(self.candidate(family, groups))
        if tested.met or tested.replay.tpot.met:
            return tested
        batch = int(SMALLER * family.batch)
        waits = tested.replay.ttft.seconds > SLACK * tested.replay.ttft.bound_seconds
        if waits or batch <= tested.candidate.running:
            return tested
        again = self._tested(self.candidate(family, groups, batch))
        return again if again.met else tested

    def _tested(self, candidate: Candidate) -> Trial:
        """Run the seeds one by one, up to the first that breaks a bound; more where it is close."""
        key = (candidate.sizing, candidate.ratio, candidate.groups, candidate.batch)
        if key not in self._runs:
            runs: dict[int, Seen] = {}
            for seed in range(self.seed, self.seed + SEEDS_IF_CLOSE):
                runs[seed] = seen(candidate, seed, counted=self.counted)
                if not runs[seed].within(candidate.demand):
                    break
                if len(runs) >= SEEDS and not replay_of(candidate, runs).close:
                    break
            self.tried += 1
            self._runs[key] = Trial(candidate, replay_of(candidate, runs))
        return self._runs[key]

    def passing(self) -> Iterator[Trial]:
        """Yield ways that pass, each of another kind, from the lowest rent up.

        Where it ends with ways left to try, the search is `exhausted`.
        """
        heap = list[Any]()
        for family in self.families:
            self._push(heap, family, family.first)
        found: set[tuple[object, ...]] = set()
        limit = MOST_TRIED
        while heap and self.tried < limit:
            *_, family, groups = heapq.heappop(heap)
            if family.likeness in found:
                continue
            least = self.least(family)
            if groups < least:
                self._push(heap, family, self._likely(family, least))
                continue
            trial = self.trial(family, groups)
            if not trial.met:
                self._push(heap, family, groups + max(1, groups // 20))
                continue
            if not found:
                limit = self.tried + MOST_BESIDE
            found.add(family.likeness)
            yield self._fewest(family, trial)
        self.exhausted = bool(heap)

    def _fewest(self, family: Family, trial: Trial) -> Trial:
        """Return the same way with as few copies as pass."""
        groups = trial.candidate.groups
        while groups > self.least(family):
            fewer = self.trial(family, groups - 1)
            if not fewer.met:
                break
            trial, groups = fewer, groups - 1
        return trial

    def _likely(self, family: Family, least: int) -> int:
        if family.ratio or least <= FEW:
            return least
        return family.sizing.likely_replicas(least)

    def _push(self, heap: list[Any], family: Family, groups: int) -> None:
        if groups > 6 * family.first + FEW:
            return  # it is not the number of copies that it lacks
        candidate = self.candidate(family, groups)
        if self.max_chips is None or candidate.rent.chips <= self.max_chips:
            heapq.heappush(heap, (candidate.preference, next(self._order), family, groups))


def families_of(sizings: Sequence[Sizing]) -> list[Family]:
    """Return the families of copies that hold a sequence and are fast enough when alone.

    Of two pools only the ratio whose groups take the fewest chips is one.
    """
    found = [Family(each, None) for each in sizings if reads_in_time(each) and each.largest_batch]
    for each in sizings:
        if reads_in_time(each) and each.decode_batch and each.demand.decoded:
            ratio = min(RATIOS, key=lambda r, s=each: (s.least_groups(r) * sum(r), sum(r)))
            found.append(Family(each, ratio))
    return found


def reads_in_time(sizing: Sizing) -> bool:
    """Return whether a copy reads a prompt alone within the time to first token."""
    return bool(sizing.memory_batch) and sizing.first_token_seconds <= sizing.demand.ttft_seconds
