"""Chips of one's own against rented ones, and chips against a seller of tokens, per result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from tokenworks.cost.dollars import HOURS_PER_YEAR, electricity_usd
from tokenworks.cost.domain import NotNegative, Positive, physical
from tokenworks.number import Number, make_bounded, rounded_up


class OwnedHour(NamedTuple):
    """What an hour of a bought chip costs, in USD by part, used or not."""

    capital_usd: float
    power_usd: float
    upkeep_usd: float

    @property
    def usd(self) -> float:
        """All parts."""
        return self.capital_usd + self.power_usd + self.upkeep_usd

    @property
    def running_usd(self) -> float:
        """What goes on after it is paid."""
        return self.power_usd + self.upkeep_usd


@physical
def owned_hour(
    chip_usd: NotNegative,
    *,
    years: Positive,
    chip_watts: NotNegative,
    usd_per_kwh: Positive,
    server_share: NotNegative = 0.0,
    power_overhead: Positive = 1.0,
    upkeep_share: NotNegative = 0.0,
) -> OwnedHour:
    """Return an hour of a bought chip that is written off evenly over its years, at full power.

    `server_share` is what server and network cost beside the chip, in its price; `power_overhead`
    all power over the chip's own; `upkeep_share` is room and people for a year, in the price of
    all of it. Interest is left out.
    Source: derived: price over hours, and `electricity_usd` of one.
    """
    price = chip_usd * (1 + server_share)
    watts = chip_watts * power_overhead
    return OwnedHour(
        capital_usd=price / (years * HOURS_PER_YEAR),
        power_usd=electricity_usd(watts, 3600, usd_per_kwh=usd_per_kwh),
        upkeep_usd=price * upkeep_share / HOURS_PER_YEAR,
    )


@physical
def paid_back_hours(
    price_usd: Positive, *, rent_usd_per_hour: Positive, running_usd_per_hour: NotNegative
) -> float:
    """Return the hours of use after which buying has cost as much as renting.

    A rent that is no more than running one's own never pays it back and raises ValueError.
    Source: derived: price + hours × running = hours × rent.
    """
    saved = rent_usd_per_hour - running_usd_per_hour
    if saved <= 0:
        raise ValueError(
            f"running one's own at USD {running_usd_per_hour:g} an hour saves nothing beside a "
            f"rent of USD {rent_usd_per_hour:g}: buying never pays"
        )
    return price_usd / saved


@dataclass(frozen=True, kw_only=True)
class OwnOrApi:
    """Replicas of one's own at a fixed cost beside a price for each request.

    A replica costs as much whether it works or not, and serves at most `requests_per_s`. Both sides
    may pass the quality gate with different chances. Impossible values raise ValueError.
    """

    replica_usd_per_hour: Number
    requests_per_s: Number  # of one replica, with the room that its latency needs
    api_usd_per_request: Number
    own_pass_share: Number = 1.0
    api_pass_share: Number = 1.0

    def __post_init__(self) -> None:
        make_bounded(self, "replica_usd_per_hour")
        make_bounded(self, "requests_per_s", "api_usd_per_request", above=True)
        make_bounded(self, "own_pass_share", "api_pass_share", most=1, above=True)

    @property
    def api_usd_per_accepted(self) -> float:
        """An accepted result of the seller's."""
        return self.api_usd_per_request / self.api_pass_share

    @property
    def full_usd_per_accepted(self) -> float:
        """One of one's own where every replica is full: the least that it can cost."""
        return self.own_usd_per_accepted(self.requests_per_s * self.own_pass_share)

    @property
    def break_even_per_s(self) -> float:
        """Accepted results a second at which one replica costs what the seller asks for them."""
        return self.replica_usd_per_hour / 3600 / self.api_usd_per_accepted

    @property
    def break_even_share(self) -> float:
        """The share of a replica's requests at which both cost as much; above 1: never."""
        return self.break_even_per_s / (self.requests_per_s * self.own_pass_share)

    @property
    def ever_pays(self) -> bool:
        """Whether full replicas are cheaper than the seller."""
        return self.break_even_share < 1

    def replicas(self, accepted_per_s: Number) -> int:
        """Return the whole replicas for so many accepted results a second, one at least."""
        share = accepted_per_s / (self.requests_per_s * self.own_pass_share)
        return max(1, rounded_up(share))

    def own_usd_per_accepted(self, accepted_per_s: Number) -> float:
        """Return what one's own result costs at a rate; 0 or less raises ValueError."""
        if not accepted_per_s > 0:
            raise ValueError(f"accepted_per_s must be above 0, got {accepted_per_s!r}")
        hour = self.replicas(accepted_per_s) * self.replica_usd_per_hour
        return hour / 3600 / accepted_per_s

    def cheaper(self, accepted_per_s: Number) -> str:
        """Return "own" or "api", whichever costs less at a rate; "api" where both cost as much."""
        own = self.own_usd_per_accepted(accepted_per_s)
        return "own" if own < self.api_usd_per_accepted else "api"
