"""What sellers of tokens ask for a million of them, by kind: new, cached, written, output."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.data.rows import load_rows, lookup


@dataclass(frozen=True)
class TokenPrice:
    """A hosted model's list price on one day, in USD for a million tokens."""

    name: str
    label: str
    provider: str
    market: str  # "model maker", or "host" of a model that anyone may serve
    region: str
    kind: str  # "on demand", that is: no batch interface and no reserved capacity
    input_usd_per_million: float
    output_usd_per_million: float
    day: str  # when the price stood
    source: str
    accessed: str
    term: str = ""
    cached_usd_per_million: float | None = None  # an input token that is found in the cache
    write_usd_per_million: float | None = None  # an input token that is put into the cache
    note: str = ""

    @property
    def output_ratio(self) -> float:
        """Output tokens' price in input tokens."""
        return self.output_usd_per_million / self.input_usd_per_million


def token_prices() -> list[TokenPrice]:
    """Return all prices of tokens, in file order."""
    return list(load_rows(TokenPrice, "token_prices.csv").values())


def token_price(name: str) -> TokenPrice:
    """Return the price row with this name; an unknown name raises KeyError."""
    return lookup(TokenPrice, "token_prices.csv", name)
