"""What a chip costs to buy: list prices where they exist, else what traders asked."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.data.rows import load_rows, lookup


@dataclass(frozen=True)
class Purchase:
    """The price of one chip on one day; its rows are named as in the table of chips."""

    name: str
    provider: str
    market: str  # "manufacturer": its list price at launch, or "street"
    region: str
    kind: str  # "purchase"
    term: str  # "new" or "used"
    usd: float  # the middle, where a range was printed
    day: str  # when the price held: a day, month or year
    source: str
    accessed: str
    usd_low: float | None = None
    usd_high: float | None = None
    note: str = ""


def purchases() -> list[Purchase]:
    """Return all purchase prices, in file order."""
    return list(load_rows(Purchase, "purchases.csv").values())


def purchase(chip: str) -> Purchase:
    """Return the purchase price of a chip by its name; an unknown name raises KeyError."""
    return lookup(Purchase, "purchases.csv", chip)
