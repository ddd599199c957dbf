"""What each thing gains, alone, in pairs and all together, and where factors do not multiply."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from tokenworks.cockpit.driven import Cockpit
from tokenworks.cockpit.script import Script
from tokenworks.cockpit.settings import RATES, Settings

FULL_SECONDS, COUNTED_SECONDS = 20.0, 20.0  # until the queue is never empty, and what is counted
FLOODS = 200.0  # requests a second: more than any of these carries
THINGS: dict[str, dict[str, Any]] = {
    "prefix caching": {"prefix_caching": True},
    "speculation": {"speculation": True},
    "INT8 weights": {"weights": "int8"},
    "paging": {"paging": True},
}
NAIVE = Settings(batching="static", paging=False, max_batch=256)
WORKLOADS: dict[str, dict[str, Any]] = {
    "chat": {"mix": "chat"},
    "chat, shared prefix": {"mix": "chat", "shared_prefix": 2000},
    "long prompts": {"mix": "long-prompts"},
    "long answers": {"mix": "long-answers"},
}


def saturated_tokens_per_s(settings: Settings, *, seed: int = 0) -> float:
    """Return the tokens a second that settings make where requests never run out.

    Batches that nobody can join are looked at for longer, as one of them takes a minute.
    Source: derived: a cockpit run from its 20th second to its 40th, or to its 420th.
    """
    joins = settings.batching == "continuous"
    run = Cockpit(Script.of(settings.but(rate=FLOODS if joins else FLOODS / 5), seed=seed))
    end = FULL_SECONDS + (COUNTED_SECONDS if joins else 20 * COUNTED_SECONDS)
    rates = []
    while run.at < end:
        run.run_to(run.at + 10.0)
        if run.at > FULL_SECONDS and run.board:
            rates.append(run.board["output_tokens_per_s"])
    return math.fsum(rates) / len(rates)


def carried_requests_per_s(
    settings: Settings, *, share: float = 0.95, seed: int = 0, most: float = 128.0
) -> float:
    """Return the highest of some rates at which enough requests keep the SLO; 0 where none does.

    Rates are powers of the fourth root of two up to `most`.
    Source: derived: cockpit runs of 40 seconds, halved between the rates.
    """
    rates = [most / 2 ** (n / 4) for n in range(36, -1, -1) if most / 2 ** (n / 4) >= RATES[0]]
    low, high = 0, len(rates)
    while low < high:
        middle = (low + high) // 2
        if _carries(settings.but(rate=rates[middle]), share, seed):
            low = middle + 1
        else:
            high = middle
    return rates[low - 1] if low else 0.0


def _carries(settings: Settings, share: float, seed: int) -> bool:
    run = Cockpit(Script.of(settings, seed=seed))
    good = answered = 0.0
    for end in (20.0, 30.0, 40.0):
        run.run_to(end)
        assert run.board is not None  # it is told twice a second
        good += run.board["goodput"]
        answered += run.board["requests_per_s"]
    waited = (run.board or {}).get("oldest_wait") or 0.0
    return answered > 0 and good >= share * answered and waited <= 1.0


@dataclass(frozen=True)
class Gain:
    """Things switched on beside continuous batching, and how many times the tokens a second."""

    things: tuple[str, ...]
    factor: float
    product: float  # of the factors of each alone

    @property
    def kept(self) -> float:
        """The factor over the product: 1 where factors multiply."""
        return self.factor / self.product


@dataclass(frozen=True)
class Factors:
    """The gains of one workload: continuous batching over static, then what is put on top of it."""

    workload: str
    static_tokens_per_s: float
    continuous_tokens_per_s: float
    gains: tuple[Gain, ...]

    @property
    def continuous(self) -> float:
        """What continuous batching gains over static batches."""
        return self.continuous_tokens_per_s / self.static_tokens_per_s

    @property
    def together(self) -> float:
        """What all of it gains over static batches."""
        return self.continuous * self.gains[-1].factor

    def gain(self, *things: str) -> Gain:
        """Return the gain of these things; KeyError where they were not tried."""
        found = {frozenset(each.things): each for each in self.gains}
        return found[frozenset(things)]


def factors(workload: str, *, base: Settings = NAIVE, things: Sequence[str] = ()) -> Factors:
    """Return what each thing gains in a workload, each pair and all together, at saturation.

    No things: all four. An unknown workload or thing raises KeyError.
    Source: derived: `saturated_tokens_per_s` of each.
    """
    chosen = tuple(things) or tuple(THINGS)
    naive = base.but(**WORKLOADS[workload])
    static = saturated_tokens_per_s(naive)
    plain = naive.but(batching="continuous")
    continuous = saturated_tokens_per_s(plain)
    alone: dict[str, float] = {}
    gains = []
    for group in _groups(chosen):
        changes: dict[str, Any] = {}
        for name in group:
            changes |= THINGS[name]
        factor = saturated_tokens_per_s(plain.but(**changes)) / continuous
        if len(group) == 1:
            alone[group[0]] = factor
        gains.append(Gain(group, factor, math.prod(alone[name] for name in group)))
    return Factors(workload, static, continuous, tuple(gains))


def _groups(things: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """Yield each thing alone, then pairs, then all."""
    sizes = sorted({1, 2, len(things)})
    for size in sizes:
        if size <= len(things):
            yield from combinations(things, size)


def as_row(found: Factors) -> Mapping[str, Any]:
    """Return the gains as JSON has them."""
    return {
        "workload": found.workload,
        "static_tokens_per_s": found.static_tokens_per_s,
        "continuous_tokens_per_s": found.continuous_tokens_per_s,
        "gains": [[list(each.things), each.factor, each.product] for each in found.gains],
    }
