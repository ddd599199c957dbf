"""On which terms sellers keep a prompt's beginning: what it costs, how long, how much at least."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.data.rows import load_rows, lookup


@dataclass(frozen=True)
class CachePrice:
    """A seller's terms for cached prompts on one day; prices are times that of a new input token.

    A cell that the source does not fill is None: how long an implicit cache lasts, for one.
    """

    name: str
    label: str
    provider: str
    market: str  # "model maker"
    region: str
    kind: str  # "on demand"
    model: str  # whose price of a new token `input_usd_per_million` is
    input_usd_per_million: float
    write_ratio: float  # an input token that is put into the cache
    read_ratio: float  # an input token that is found there
    answers: bool  # the call that writes is answered; else writing is a call of its own
    day: str  # when the terms stood
    source: str
    accessed: str
    term: str = ""
    refreshed: bool | None = None  # each use starts the time to live again
    ttl_seconds: float | None = None  # how long a prefix is kept at least, or was asked to be
    least_tokens: int | None = None  # of a prefix that is cached at all
    storage_usd_per_million_hour: float | None = None  # rent of a million tokens for an hour
    note: str = ""

    @property
    def storage_ratio(self) -> float:
        """An hour of storing a token in the price of a new one, 0 where none is asked."""
        return (self.storage_usd_per_million_hour or 0.0) / self.input_usd_per_million


def cache_prices() -> list[CachePrice]:
    """Return all terms of caching, in file order."""
    return list(load_rows(CachePrice, "cache_prices.csv").values())


def cache_price(name: str) -> CachePrice:
    """Return the terms with this name; an unknown name raises KeyError."""
    return lookup(CachePrice, "cache_prices.csv", name)
