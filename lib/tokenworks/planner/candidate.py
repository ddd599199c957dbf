"""One way to deploy: so many copies, each with its batch, in one pool or in two, and its rent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tokenworks.cost.dollars import usd_per_million_tokens
from tokenworks.number import Number
from tokenworks.planner.demand import Demand
from tokenworks.planner.rents import Prices, Rent, rent
from tokenworks.planner.replicas import Ratio, Replica
from tokenworks.planner.sizing import Sizing


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Copies that do both phases, or groups of two pools; `batch` bounds the answers of a copy."""

    sizing: Sizing
    batch: int
    groups: int  # of `ratio`; copies where there is one pool
    prices: Prices
    ratio: Ratio | None = None

    @property
    def replica(self) -> Replica:
        """One copy."""
        return self.sizing.replica

    @property
    def demand(self) -> Demand:
        """What is asked."""
        return self.sizing.demand

    @property
    def replicas(self) -> int:
        """Copies in all."""
        return self.groups * (sum(self.ratio) if self.ratio else 1)

    @property
    def prefill_replicas(self) -> int:
        """Copies that only read prompts."""
        return self.groups * self.ratio.prefill if self.ratio else 0

    @property
    def decode_replicas(self) -> int:
        """Copies that write answers."""
        return self.replicas - self.prefill_replicas

    @property
    def chips(self) -> int:
        """Chips in all."""
        return self.replicas * self.replica.chips

    @cached_property
    def rent(self) -> Rent:
        """What they cost."""
        return rent(self.prices, self.chips)

    @cached_property
    def running(self) -> float:
        """Answers at work at once on a copy that writes them, the mean."""
        rate = self.demand.requests_per_s / self.groups
        if self.ratio:
            return self.sizing.answering(rate / self.ratio.decode)
        return self.sizing.running(rate)

    @property
    def usd_per_million(self) -> float:
        """The whole rent over the tokens of answers that are asked for, a million of them."""
        rate = self.demand.output_tokens_per_s
        return usd_per_million_tokens(self.rent.usd_per_chip_hour, self.rent.chips, rate)

    @property
    def floor_usd_per_million(self) -> float:
        """The rent of the same formats, chips of a copy and batch at the floor of their steps.

        Source: derived: `Sizing.floor_seconds`, times the chips of a copy.
        """
        seconds = self.sizing.floor_seconds(self.batch, apart=self.ratio is not None)
        rate = self.demand.output_tokens / seconds
        return usd_per_million_tokens(self.rent.usd_per_chip_hour, self.replica.chips, rate)

    @property
    def name(self) -> str:
        """Such as "3 × TP2, weights fp8, cache fp8, batch 64"."""
        count = f"{self.groups}"
        if self.ratio:
            count = f"({self.prefill_replicas} prefill + {self.decode_replicas} decode)"
        return f"{count} × {self.replica.name}, batch {self.batch}"

    @property
    def memory_share(self) -> float:
        """The share of a chip's planned memory that is held when every batch is full and long.

        No more than its caches are: beyond them answers wait.
        """
        replica = self.replica
        full = self.batch * replica.sequence_bytes(self.demand.longest)
        caches = min(full, max(0.0, replica.pool_bytes))
        held = replica.weight_bytes + replica.activation_bytes + caches
        return held / replica.chip.planned_bytes

    @property
    def preference(self) -> tuple[Number, ...]:
        """What decides: rent, then fewer chips, wider formats, one pool, fewer copies."""
        held = self.replica.weight_bytes * self.replica.chips + self.replica.cache_bytes_per_value
        return (
            round(self.rent.usd_per_hour, 6),
            self.chips,
            -held,
            self.ratio is not None,
            self.replicas,
        )
