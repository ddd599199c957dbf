"""When a cached prompt prefix pays: after how many calls, at which share of hits, at which rate.

All prices here are in that of a new input token: `write` for a token that is put into the cache,
`read` for one that is found there, `rent` for keeping it. Sellers differ in one more thing. With
most, the call that writes is answered, so n calls are one write and n - 1 reads; where the cache is
made by a call of its own, they are one write and n reads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tokenworks.cost.domain import Count, NotNegative, Positive, physical
from tokenworks.data.caching_price import CachePrice
from tokenworks.number import bounded


@physical
def cached_calls_cost(
    calls: Positive,
    *,
    write: NotNegative,
    read: NotNegative,
    rent: NotNegative = 0.0,
    answers: bool = True,
) -> float:
    """Return what the prefix of so many calls costs, in prefixes of new tokens; uncached: `calls`.

    `rent` is that of the whole time. Source: derived: one write and the reads of the other calls.
    """
    reads = calls - 1 if answers else calls
    return write + reads * read + rent


@physical
def break_even_calls(
    *, write: NotNegative, read: NotNegative, rent: NotNegative = 0.0, answers: bool = True
) -> float:
    """Return the number of calls, not rounded, at which caching costs as much as not caching.

    A read that is no cheaper than a new token never pays and raises ValueError.
    Source: derived: n = write + (n - 1) read + rent, or n = write + n read + rent.
    """
    saved = _saved(read)
    once = write - read if answers else write
    return (once + rent) / saved


@physical
def paying_calls(
    *, write: NotNegative, read: NotNegative, rent: NotNegative = 0.0, answers: bool = True
) -> int:
    """Return the fewest calls from which on caching is cheaper, not merely as cheap.

    Source: derived: the next whole number above `break_even_calls`.
    """
    even = break_even_calls(write=write, read=read, rent=rent, answers=answers)
    return max(1, math.floor(round(even, 9)) + 1)


@physical
def prefix_cost(hit_share: NotNegative, *, write: NotNegative, read: NotNegative) -> float:
    """Return what a call pays for a token of its prefix on average, in the price of a new one.

    Every miss writes. A share above 1 raises ValueError.
    Source: derived: hits read, misses write.
    """
    hit = bounded(hit_share, "hit_share", most=1)
    return hit * read + (1 - hit) * write


@physical
def break_even_hit_share(*, write: NotNegative, read: NotNegative) -> float:
    """Return the share of hits from which on caching pays; 0 where writing costs nothing more.

    Source: derived: hit × read + (1 - hit) × write = 1.
    """
    _saved(read)
    return max(0.0, (write - 1) / (write - read)) if write > read else 0.0


@physical
def hit_share(
    calls_per_s: NotNegative, ttl_seconds: NotNegative, *, refreshed: bool = True
) -> float:
    """Return the share of calls that find their prefix, of calls that come at random.

    Where each use starts the time to live again a call hits if the gap before it is no longer;
    else one call in every lifetime misses, and those within it hit.
    Source: derived: gaps of a Poisson process are exponential; the second is a renewal.
    """
    expected = calls_per_s * ttl_seconds
    return -math.expm1(-expected) if refreshed else expected / (1 + expected)


@physical
def break_even_calls_per_s(
    ttl_seconds: Positive, *, write: NotNegative, read: NotNegative, refreshed: bool = True
) -> float:
    """Return the calls a second, at random, from which on caching pays.

    Source: derived: `hit_share` solved for the rate at `break_even_hit_share`.
    """
    share = break_even_hit_share(write=write, read=read)
    expected = -math.log1p(-share) if refreshed else share / (1 - share)
    return expected / ttl_seconds


@physical
def rent_calls_per_hour(storage_ratio: NotNegative, *, read: NotNegative) -> float:
    """Return the calls an hour whose savings pay for the hour's storage alone.

    `storage_ratio` is the rent of a token for an hour in the price of a new one.
    Source: derived: calls × (1 - read) = rent.
    """
    return storage_ratio / _saved(read)


def measured_hit_share(gap_seconds: Sequence[float], ttl_seconds: float) -> float:
    """Return the share of measured gaps between calls of one prefix that a refreshed cache lives.

    No gaps, or one that is no time, raise ValueError.
    Source: derived: a call hits if the gap before it is no longer than the time to live.
    """
    ttl = bounded(ttl_seconds, "ttl_seconds")
    gaps = [bounded(gap, "a gap") for gap in gap_seconds]
    if not gaps:
        raise ValueError("no gaps: give the seconds between calls that share a prefix")
    return sum(gap <= ttl for gap in gaps) / len(gaps)


@dataclass(frozen=True)
class CachingBill:
    """What the prefix of some calls costs at a seller, with and without its cache, in USD.

    The calls come within `hours`, all of them while the prefix is kept.
    """

    terms: CachePrice
    prefix_tokens: int
    calls: int
    hours: float

    @property
    def uncached_usd(self) -> float:
        """All calls at the price of new tokens."""
        return self.calls * self._once_usd

    @property
    def write_usd(self) -> float:
        """Putting the prefix in, once."""
        return self.terms.write_ratio * self._once_usd

    @property
    def storage_usd(self) -> float:
        """The rent, where one is asked."""
        return self.terms.storage_ratio * self.hours * self._once_usd

    @property
    def read_usd(self) -> float:
        """Finding it, by the other calls, or by all where writing is a call of its own."""
        reads = self.calls - 1 if self.terms.answers else self.calls
        return reads * self.terms.read_ratio * self._once_usd

    @property
    def cached_usd(self) -> float:
        """Writing, storing and reading together."""
        return self.write_usd + self.storage_usd + self.read_usd

    @property
    def saved_usd(self) -> float:
        """What caching saves; below 0 what it wastes."""
        return self.uncached_usd - self.cached_usd

    @property
    def paying_calls(self) -> int:
        """The fewest calls within these hours from which on caching is cheaper."""
        return paying_calls(
            write=self.terms.write_ratio,
            read=self.terms.read_ratio,
            rent=self.terms.storage_ratio * self.hours,
            answers=self.terms.answers,
        )

    @property
    def _once_usd(self) -> float:
        return self.prefix_tokens * self.terms.input_usd_per_million / 1e6


@physical
def caching_bill(
    terms: CachePrice, prefix_tokens: Count, calls: Count, *, hours: NotNegative = 0.0
) -> CachingBill:
    """Return the bill of calls that share a prefix, at the terms of a seller.

    A prefix that the seller does not cache because it is too short raises ValueError.
    Source: derived: the terms of `data.caching_price`, by `cached_calls_cost`.
    """
    if terms.least_tokens and prefix_tokens < terms.least_tokens:
        raise ValueError(
            f"{terms.label} caches prefixes from {terms.least_tokens:,} tokens on, not "
            f"{prefix_tokens:,}: nothing is written, and every call pays for new tokens"
        )
    return CachingBill(terms, prefix_tokens, calls, float(hours))


def _saved(read: float) -> float:
    if read >= 1:
        raise ValueError(
            f"a read at {read:g} times the price of a new token saves nothing: caching never pays"
        )
    return 1 - read
