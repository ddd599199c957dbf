"""What one accepted result costs, with everything that did not become one: LCPR.

The loaded cost per accepted result has all money above the line (new and cached prompt tokens,
answers, the check, attempts that failed, what a result costs that is given up) and only accepted
results below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from tokenworks.cost.domain import Count, Natural, NotNegative, Positive, physical
from tokenworks.data.hosted_price import TokenPrice
from tokenworks.number import Number, bounded, make_bounded


@dataclass(frozen=True, kw_only=True)
class TokenRates:
    """USD for a million tokens by kind: new, found in a cache, written to one, of the answer.

    Without prices of their own cached and written tokens cost as much as new ones. Impossible
    values raise ValueError.
    """

    input_usd_per_million: Number
    output_usd_per_million: Number
    cached_usd_per_million: Number | None = None
    write_usd_per_million: Number | None = None

    def __post_init__(self) -> None:
        for name in ("cached_usd_per_million", "write_usd_per_million"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, self.input_usd_per_million)
            make_bounded(self, name)
        make_bounded(self, "input_usd_per_million", "output_usd_per_million")

    @property
    def output_ratio(self) -> float:
        """A token of the answer in new input tokens."""
        return self.output_usd_per_million / self.input_usd_per_million


@runtime_checkable
class RentedTokens(Protocol):
    """The rent behind a million tokens, read and written: expected, and at the floor."""

    @property
    def input_usd_per_million(self) -> float: ...  # noqa: D102
    @property
    def output_usd_per_million(self) -> float: ...  # noqa: D102
    @property
    def floor_input_usd_per_million(self) -> float: ...  # noqa: D102
    @property
    def floor_output_usd_per_million(self) -> float: ...  # noqa: D102


def listed_rates(listed: TokenPrice) -> TokenRates:
    """Return a seller's list prices as rates.

    Source: derived: the row itself.
    """
    return TokenRates(
        input_usd_per_million=listed.input_usd_per_million,
        output_usd_per_million=listed.output_usd_per_million,
        cached_usd_per_million=listed.cached_usd_per_million,
        write_usd_per_million=listed.write_usd_per_million,
    )


def rent_rates(rent: RentedTokens, *, floor: bool = False) -> TokenRates:
    """Return the rent of tokens on one's own chips as rates: expected, or at the floor.

    A token found in one's own cache takes no prefill, so it is counted as free; the memory that it
    occupies is paid for with the chips.
    Source: derived: `token_rent` of a slice, `deployment_rent` of other chips.
    """
    if floor:
        read, written = rent.floor_input_usd_per_million, rent.floor_output_usd_per_million
    else:
        read, written = rent.input_usd_per_million, rent.output_usd_per_million
    return TokenRates(
        input_usd_per_million=read, output_usd_per_million=written, cached_usd_per_million=0
    )


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What one attempt costs, in USD by part; prefill and decode apart."""

    new_usd: float
    cached_usd: float
    write_usd: float
    output_usd: float
    check_usd: float = 0.0

    @property
    def input_usd(self) -> float:
        """Reading the prompt, from the cache or anew, and writing the cache."""
        return self.new_usd + self.cached_usd + self.write_usd

    @property
    def usd(self) -> float:
        """All parts."""
        return self.input_usd + self.output_usd + self.check_usd

    @property
    def output_share(self) -> float:
        """The share of the answer's tokens in the price of all tokens."""
        return self.output_usd / (self.input_usd + self.output_usd)


@physical
def attempt_cost(
    rates: TokenRates,
    *,
    prompt_tokens: Natural,
    output_tokens: Natural,
    cached_tokens: Natural = 0,
    written_tokens: Natural = 0,
    check_usd: NotNegative = 0.0,
) -> Attempt:
    """Return what an attempt costs: its prompt by kind of token, its answer, and its check.

    `cached_tokens` and `written_tokens` are part of the prompt; together more than it raise
    ValueError. `check_usd` is what the quality gate costs.
    Source: derived: tokens times the price of their kind.
    """
    new = prompt_tokens - cached_tokens - written_tokens
    if new < 0:
        raise ValueError(
            f"{cached_tokens:,} cached and {written_tokens:,} written tokens are more than the "
            f"prompt's {prompt_tokens:,}: they are part of it"
        )
    assert rates.cached_usd_per_million is not None
    assert rates.write_usd_per_million is not None
    return Attempt(
        new_usd=new * rates.input_usd_per_million / 1e6,
        cached_usd=cached_tokens * rates.cached_usd_per_million / 1e6,
        write_usd=written_tokens * rates.write_usd_per_million / 1e6,
        output_usd=output_tokens * rates.output_usd_per_million / 1e6,
        check_usd=float(check_usd),
    )


@dataclass(frozen=True, kw_only=True)
class AcceptedCost:
    """What requests cost whose attempts pass all gates with one chance, up to a number of times.

    A request ends with its first pass, or is given up after the last attempt and then costs
    `given_up_usd` more (a person answers it, say).
    """

    attempt_usd: float
    pass_share: Number
    most_attempts: int
    given_up_usd: float

    @property
    def attempts(self) -> float:
        """Attempts of a request, the mean."""
        return self.accepted_share / self.pass_share

    @property
    def accepted_share(self) -> float:
        """The share of requests that end with an accepted result."""
        return 1 - (1 - self.pass_share) ** self.most_attempts

    @property
    def retry_usd(self) -> float:
        """Of a request's cost what all attempts after the first take, the mean."""
        return (self.attempts - 1) * self.attempt_usd

    @property
    def usd_per_request(self) -> float:
        """A request's cost, accepted or not, the mean."""
        lost = (1 - self.accepted_share) * self.given_up_usd
        return self.attempts * self.attempt_usd + lost

    @property
    def usd_per_accepted(self) -> float:
        """All cost over accepted results. Without `given_up_usd`: an attempt over its chance."""
        return self.usd_per_request / self.accepted_share


@physical
def accepted_cost(
    attempt_usd: NotNegative,
    *,
    pass_share: Positive,
    most_attempts: Count = 1,
    given_up_usd: NotNegative = 0.0,
) -> AcceptedCost:
    """Return the cost of an accepted result whose attempts pass with one chance, each anew.

    A chance that is not above 0 and at most 1 raises ValueError: nothing would be accepted.
    Source: derived: attempts of a geometric law, cut off at `most_attempts`.
    """
    return AcceptedCost(
        attempt_usd=float(attempt_usd),
        pass_share=bounded(pass_share, "pass_share", most=1, above=True),
        most_attempts=most_attempts,
        given_up_usd=float(given_up_usd),
    )
