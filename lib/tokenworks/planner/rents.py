"""What so many chips cost to rent: the cheapest of the dated offers, in the units it is sold in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tokenworks.accelerator import Chip
from tokenworks.cost.price_basis import MARKETS
from tokenworks.number import Number, bounded
from tokenworks.specs import Price, price, prices

CLOUDS = ("hyperscaler", "neocloud")


class Rent(NamedTuple):
    """Chips that are rented, perhaps more than asked for, and what an hour of them costs."""

    chips: int
    usd_per_chip_hour: float
    offer: Price | None  # None: a price of the caller's own

    @property
    def usd_per_hour(self) -> float:
        """All of them."""
        return self.chips * self.usd_per_chip_hour

    @property
    def basis(self) -> str:
        """Whose price it is, and of which day."""
        if self.offer is None:
            return "your own price"
        row = self.offer
        return f"{row.provider}, {row.market}, {row.kind}, {row.day}"


Prices = float | tuple[Price, ...]


def prices_for(
    on: Chip,
    *,
    usd_per_chip_hour: Number | None = None,
    offer: str | None = None,
    market: str | None = None,
) -> Prices:
    """Return what chips of a kind may be rented at: one's own price, one offer, or all on demand.

    No market: clouds of both kinds, no brokers of other people's machines. A chip that nobody
    offers so, an offer of another chip, and two answers at once raise ValueError, an unknown offer
    KeyError.
    """
    asked = {"usd_per_chip_hour": usd_per_chip_hour, "offer": offer, "market": market}
    given = [name for name, value in asked.items() if value is not None]
    if len(given) > 1:
        raise ValueError(f"give one of {', '.join(asked)}, got {' and '.join(given)}")
    if usd_per_chip_hour is not None:
        return float(bounded(usd_per_chip_hour, "usd_per_chip_hour", above=True))
    if offer is not None:
        row = price(offer)
        if row.chip != on.name:
            raise ValueError(f"the offer {offer!r} is of {row.chip}, not of {on.name}")
        return (row,)
    markets = CLOUDS if market is None else (market,)
    if set(markets) - set(MARKETS):
        raise ValueError(f"market {market!r} is not known; known: {', '.join(MARKETS)}")
    known = (row for row in prices() if row.chip == on.name and row.kind == "on demand")
    found = tuple(row for row in known if row.market in markets)
    if not found:
        raise ValueError(
            f"no price on demand is known for {on.label} of a {' or '.join(markets)}; give your "
            "own in USD for one chip and hour: --usd-per-chip-hour (usd_per_chip_hour=)"
        )
    return found


def rent(asked: Prices, chips: int) -> Rent:
    """Return the cheapest way to rent at least so many chips; servers are rented whole.

    Source: derived: chips rounded up to what an offer is sold in, times its price.
    """
    if not isinstance(asked, tuple):
        return Rent(chips, asked, None)
    return min(_rents(asked, chips), key=lambda each: (each.usd_per_hour, each.chips))


def _rents(rows: Sequence[Price], chips: int) -> list[Rent]:
    return [
        Rent(-(-chips // row.least_chips) * row.least_chips, row.usd_per_hour, row) for row in rows
    ]
