"""Slices for a rate of requests: some read prompts, some write answers; and the bill."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.dollars import HOURS_PER_YEAR
from tokenworks.cost.domain import Count, NotNegative, Positive, physical
from tokenworks.cost.memory import kv_bytes
from tokenworks.cost.slice_loads import slice_prompt
from tokenworks.cost.slice_steps import SliceStep
from tokenworks.cost.token_rent import refuse_overfull, rent_of_tokens
from tokenworks.number import Number, rounded_up


@dataclass(frozen=True)
class Fleet:
    """What serves a rate of requests; numbers of slices as is to be expected, and at the floor.

    Each slice works for `busy_share` of its time; the rest is room for bursts and failures.
    """

    prompt: SliceStep  # one prompt alone
    decode: SliceStep  # one step of a full batch
    requests_per_s: float
    prompt_tokens: int
    output_tokens: int
    usd_per_chip_hour: float
    busy_share: Number
    handed_bytes: float  # the cache of one prompt, that goes from a prefill to a decode slice

    @property
    def prefill_slices_needed(self) -> float:
        """Slices that reading all prompts keeps at work, not rounded."""
        return self.requests_per_s * self.prompt.expected_seconds / self.busy_share

    @property
    def decode_slices_needed(self) -> float:
        """Slices that writing all answers keeps at work, not rounded."""
        return self._decoding(self.decode.expected_seconds) / self.busy_share

    @property
    def prefill_slices(self) -> int:
        """Slices of a pool that only reads prompts."""
        return rounded_up(self.prefill_slices_needed)

    @property
    def decode_slices(self) -> int:
        """Slices of a pool that only writes answers."""
        return rounded_up(self.decode_slices_needed)

    @property
    def shared_slices(self) -> int:
        """Slices of one pool that does both; pools of two shapes raise ValueError."""
        return self._one_pool(self.prefill_slices_needed + self.decode_slices_needed)

    @property
    def floor_slices(self) -> int:
        """Slices of one pool below which nothing serves this rate, however it is run."""
        reading = self.requests_per_s * self.prompt.floor_seconds
        return self._one_pool(reading + self._decoding(self.decode.floor_seconds))

    @property
    def ratio(self) -> float:
        """Prefill slices for each decode slice, before rounding."""
        return self.prefill_slices_needed / self.decode_slices_needed

    @property
    def in_flight(self) -> float:
        """Answers that are being written at once, the mean (Little's law)."""
        return self._decoding(self.decode.expected_seconds) * self.decode.batch

    @property
    def usd_per_hour(self) -> float:
        """The rent of both pools together."""
        reading = self.prefill_slices * self.prompt.chips * self.usd_per_chip_hour
        return reading + self.pool_usd_per_hour(self.decode_slices)

    @property
    def usd_per_year(self) -> float:
        """The rent of both pools for 365 days."""
        return HOURS_PER_YEAR * self.usd_per_hour

    @property
    def usd_per_request(self) -> float:
        """The rent behind one request."""
        return self.usd_per_hour / 3600 / self.requests_per_s

    @property
    def usd_per_million_tokens(self) -> float:
        """The whole rent over the tokens of the answers, a million of them."""
        return 1e6 * self.usd_per_request / self.output_tokens

    @property
    def handed_bytes_per_s(self) -> float:
        """What the network between both pools carries."""
        return self.requests_per_s * self.handed_bytes

    def pool_usd_per_hour(self, slices: int) -> float:
        """Return the rent of so many decode slices."""
        return slices * self.decode.chips * self.usd_per_chip_hour

    def _one_pool(self, slices: float) -> int:
        if self.prompt.chips != self.decode.chips:
            raise ValueError(
                f"prompts are read on {self.prompt.chips} chips and answers written on "
                f"{self.decode.chips}: one pool has slices of one shape"
            )
        return rounded_up(slices)

    def _decoding(self, step_seconds: float) -> float:
        tokens_per_s = self.requests_per_s * self.output_tokens
        return tokens_per_s * step_seconds / self.decode.batch


@physical
def fleet_for(
    on: Deployment,
    shape: str,
    *,
    requests_per_s: Positive,
    prompt_tokens: Count,
    output_tokens: Count,
    batch: Count,
    usd_per_chip_hour: NotNegative,
    busy_share: Positive,
    prefill_shape: str | None = None,
) -> Fleet:
    """Return the slices that serve so many requests a second, prompts counted.

    Prompts are read one at a time, on slices of their own shape if one is given; answers are
    written `batch` at a time, at their middle length. What `rent_of_tokens` refuses, and a prefill
    slice that does not hold one prompt, raise ValueError.
    Source: derived: https://arxiv.org/abs/2401.09670 (pools of their own for both phases).
    """
    rent = rent_of_tokens(
        on,
        shape,
        batch=batch,
        prompt_tokens=prompt_tokens,
        output_tokens=output_tokens,
        usd_per_chip_hour=usd_per_chip_hour,
        busy_share=busy_share,
    )
    return Fleet(
        prompt=_prompt_on(on, prefill_shape, prompt_tokens) if prefill_shape else rent.prompt,
        decode=rent.decode,
        requests_per_s=float(requests_per_s),
        prompt_tokens=prompt_tokens,
        output_tokens=output_tokens,
        usd_per_chip_hour=rent.usd_per_chip_hour,
        busy_share=rent.busy_share,
        handed_bytes=kv_bytes(on.model, prompt_tokens, bytes_per_value=on.bytes_per_value),
    )


def _prompt_on(on: Deployment, shape: str, prompt_tokens: int) -> SliceStep:
    refuse_overfull(on, shape, 1, context_tokens=prompt_tokens + 1)
    return slice_prompt(on, shape, prompt_tokens)
