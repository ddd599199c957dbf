"""What tokens cost on a rented slice, read and written apart, beside what sellers of tokens ask."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.dollars import listed_usd, usd_per_million_tokens
from tokenworks.cost.domain import Count, NotNegative, Positive, physical
from tokenworks.cost.slice_loads import slice_prompt
from tokenworks.cost.slice_memory import slice_batch
from tokenworks.cost.slice_steps import SliceStep, slice_step
from tokenworks.data.hosted_price import TokenPrice
from tokenworks.number import Number, bounded


@dataclass(frozen=True)
class TokenRent:
    """The rent behind a million tokens of a slice: expected, and at the floor of its steps.

    The slice is rented all the time and works for `busy_share` of it.
    """

    prompt: SliceStep
    decode: SliceStep
    prompt_tokens: int
    output_tokens: int
    usd_per_chip_hour: float
    busy_share: Number

    @property
    def input_usd_per_million(self) -> float:
        """A million tokens of prompts, read one prompt at a time."""
        return self._usd(self.prompt_tokens, self.prompt.expected_seconds) / self.busy_share

    @property
    def output_usd_per_million(self) -> float:
        """A million tokens of answers, of all sequences of the batch."""
        return self._usd(self.decode.batch, self.decode.expected_seconds) / self.busy_share

    @property
    def floor_input_usd_per_million(self) -> float:
        """What nobody beats at this rent, of a slice that never waits."""
        return self._usd(self.prompt_tokens, self.prompt.floor_seconds)

    @property
    def floor_output_usd_per_million(self) -> float:
        """What nobody beats at this rent, of a slice that never waits."""
        return self._usd(self.decode.batch, self.decode.floor_seconds)

    @property
    def request_usd(self) -> float:
        """One request, its prompt and its answer, as is to be expected."""
        return listed_usd(
            self.prompt_tokens,
            self.output_tokens,
            input_usd_per_million=self.input_usd_per_million,
            output_usd_per_million=self.output_usd_per_million,
        )

    def _usd(self, tokens: int, seconds: float) -> float:
        return usd_per_million_tokens(self.usd_per_chip_hour, self.decode.chips, tokens / seconds)


@physical
def rent_of_tokens(
    on: Deployment,
    shape: str,
    *,
    batch: Count,
    prompt_tokens: Count,
    output_tokens: Count,
    usd_per_chip_hour: NotNegative,
    busy_share: Positive,
) -> TokenRent:
    """Return the rent of tokens on a slice: prompts one at a time, answers `batch` at a time.

    A decode step is taken at the middle of the answers. A batch that the memory does not hold at
    their end raises ValueError. Source: derived: `slice_prompt` and `slice_step`.
    """
    refuse_overfull(on, shape, batch, context_tokens=prompt_tokens + output_tokens)
    middle = middle_tokens(prompt_tokens, output_tokens)
    return TokenRent(
        prompt=slice_prompt(on, shape, prompt_tokens),
        decode=slice_step(on, shape, batch=batch, context_tokens=middle),
        prompt_tokens=prompt_tokens,
        output_tokens=output_tokens,
        usd_per_chip_hour=float(usd_per_chip_hour),
        busy_share=bounded(busy_share, "busy_share", most=1, above=True),
    )


def middle_tokens(prompt_tokens: int, output_tokens: int) -> int:
    """Return the length of a sequence in the middle of its answer.

    Source: derived: steps grow evenly with the length, so that the middle one is about the mean.
    """
    return prompt_tokens + max(1, output_tokens // 2)


def refuse_overfull(on: Deployment, shape: str, batch: int, *, context_tokens: int) -> None:
    """Raise ValueError where a slice does not hold so many sequences of this length."""
    most = slice_batch(on, shape, context_tokens=context_tokens)
    if batch > most:
        raise ValueError(
            f"a {shape} of {on.chip.label} holds {most:,} sequences of {context_tokens:,} tokens "
            f"of {on.model.label}, not {batch:,}: take a smaller batch or a larger slice"
        )


@dataclass(frozen=True)
class ApiComparison:
    """One request on rented chips and at a seller's list price, of the day that `listed` names."""

    rent: TokenRent
    listed: TokenPrice

    @property
    def listed_usd(self) -> float:
        """The request at the list price."""
        return listed_usd(
            self.rent.prompt_tokens,
            self.rent.output_tokens,
            input_usd_per_million=self.listed.input_usd_per_million,
            output_usd_per_million=self.listed.output_usd_per_million,
        )

    @property
    def ratio(self) -> float:
        """Rent over list price: above 1 the seller is cheaper."""
        return self.rent.request_usd / self.listed_usd

    @property
    def break_even_share(self) -> float:
        """The share of its time for which the slice must work to cost as much; above 1: never."""
        return self.rent.busy_share * self.ratio


def compare_with_api(rent: TokenRent, listed: TokenPrice) -> ApiComparison:
    """Return a request's rent beside a list price; both are USD, on their own days.

    Source: derived: `TokenRent.request_usd` and `listed_usd`.
    """
    return ApiComparison(rent, listed)
