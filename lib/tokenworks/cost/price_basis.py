"""Comparing rents: only on one basis, or with the difference named, and over all that is asked.

The same chip costs almost four times as much at a hyperscaler as at the cheapest neocloud, so a
ranking of chips whose prices come from two markets is a ranking of markets.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tokenworks.cost.domain import NotNegative, Positive, physical
from tokenworks.specs import Price, chip, prices

MARKETS = {
    "hyperscaler": "one of the large clouds, at its list price",
    "neocloud": "a company that rents out its own accelerators, at its list price",
    "marketplace": "a broker of other people's machines, at what they ask",
}
KINDS = ("on demand", "spot", "reserved")
BASIS = ("market", "kind", "term")  # what two prices must share before they are compared


def offers(
    *,
    of_chip: str | None = None,
    market: str | None = None,
    kind: str | None = "on demand",
    provider: str | None = None,
) -> list[Price]:
    """Return the offers that hold all that is given, cheapest first for each chip.

    A chip, market, kind or provider that no row holds raises ValueError, which lists the known.
    """
    found = prices()
    wanted = {"chip": of_chip, "market": market, "kind": kind, "provider": provider}
    for column, value in wanted.items():
        known = dict.fromkeys(getattr(row, column) for row in prices())
        if value is not None and value not in known:
            raise ValueError(f"no price has the {column} {value!r}; known: {', '.join(known)}")
        found = [row for row in found if value is None or getattr(row, column) == value]
    if not found:
        asked = ", ".join(value for value in wanted.values() if value)
        raise ValueError(f"no price for {asked}; `tokenworks prices` lists all")
    order = {name: at for at, name in enumerate(dict.fromkeys(row.chip for row in found))}
    return sorted(found, key=lambda row: (order[row.chip], row.usd_per_hour))


def basis(rows: Sequence[Price], *, across: Collection[str] = ()) -> str:
    """Return what the offers share, in words: "hyperscaler, on demand".

    Offers that differ in their market, kind or term are refused with ValueError, unless
    `across` names the difference: then it is meant, and said in the result.
    """
    parts = []
    for column in BASIS:
        held = list(dict.fromkeys(getattr(row, column) for row in rows))
        if len(held) > 1 and column not in across:
            names = " and ".join(value or "none" for value in held)
            raise ValueError(
                f"these prices have no common {column}: {names}; compare within one, "
                f'or say across=("{column}",)'
            )
        parts += [" and ".join(value for value in held if value)]
    return ", ".join(part for part in parts if part)


@physical
def per_usd(rate_per_s: NotNegative, usd_per_hour: Positive) -> float:
    """Return how much of a rate one dollar of rent buys: bytes read, operations done.

    Source: derived: an hour has 3600 seconds.
    """
    return rate_per_s * 3600 / usd_per_hour


@dataclass(frozen=True)
class Advantage:
    """How many times as much a dollar buys on one chip as on another, over all pairs of offers."""

    low: float
    high: float
    basis: str


def advantage(
    ours: Sequence[Price], theirs: Sequence[Price], rate: str, *, across: Collection[str] = ()
) -> Advantage:
    """Return the least and the greatest ratio of what a dollar buys in ours and in theirs.

    `rate` is the field of a chip that is bought: hbm_bytes_per_s, bf16_flops_per_s. Prices of
    different bases are refused as by `basis`. Source: derived: the quotient of two `per_usd`.
    """
    both = basis([*ours, *theirs], across=across)
    ratios = [_bought(one, rate) / _bought(other, rate) for one in ours for other in theirs]
    return Advantage(min(ratios), max(ratios), both)


def _bought(offer: Price, rate: str) -> float:
    return per_usd(getattr(chip(offer.chip), rate), offer.usd_per_hour)
