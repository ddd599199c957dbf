"""What tokens cost on rented chips of any kind, read and written apart: expected, and the floor.

`token_rent` does this for slices of TPUs. Here a step is the sum of its kernels as an engine runs
them, with constants that were fitted to timed kernels; its floor is that of the whole step.
"""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.dollars import usd_per_million_tokens
from tokenworks.cost.domain import Count, NotNegative, Positive, physical
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import max_batch
from tokenworks.cost.step_kernels import decode_step, prefill_step
from tokenworks.cost.step_time import decode_seconds, prefill_seconds
from tokenworks.cost.token_rent import middle_tokens
from tokenworks.number import Number, bounded, rounded_up


@dataclass(frozen=True)
class DeploymentRent:
    """The rent behind a million tokens of rented chips that work for `busy_share` of the time.

    Prompts are read one at a time, answers written `batch` at a time, at their middle length.
    """

    on: Deployment
    batch: int
    prompt_tokens: int
    output_tokens: int
    usd_per_chip_hour: float
    busy_share: Number
    prompt_seconds: float  # as is to be expected
    step_seconds: float
    floor_prompt_seconds: float
    floor_step_seconds: float

    @property
    def input_usd_per_million(self) -> float:
        """A million tokens of prompts, as is to be expected."""
        return self._usd(self.prompt_tokens, self.prompt_seconds) / self.busy_share

    @property
    def output_usd_per_million(self) -> float:
        """A million tokens of answers, as is to be expected."""
        return self._usd(self.batch, self.step_seconds) / self.busy_share

    @property
    def floor_input_usd_per_million(self) -> float:
        """What nobody beats at this rent, on chips that never wait."""
        return self._usd(self.prompt_tokens, self.floor_prompt_seconds)

    @property
    def floor_output_usd_per_million(self) -> float:
        """What nobody beats at this rent, on chips that never wait."""
        return self._usd(self.batch, self.floor_step_seconds)

    @property
    def requests_per_s(self) -> float:
        """Requests that the chips serve in their busy time, both phases, as is to be expected."""
        answer = self.output_tokens * self.step_seconds / self.batch
        return self.busy_share / (self.prompt_seconds + answer)

    @property
    def floor_request_seconds(self) -> float:
        """The time of the chips that one request takes at the floors of its prompt and its answer.

        Prompts read beside answers, which this does not count, may take less.
        """
        answer = self.output_tokens * self.floor_step_seconds / self.batch
        return self.floor_prompt_seconds + answer

    @property
    def usd_per_hour(self) -> float:
        """The rent of all chips."""
        return self.on.chips * self.usd_per_chip_hour

    @property
    def ratio(self) -> float:
        """Copies that read prompts for each that writes answers, as is to be expected."""
        return self.prompt_seconds * self.batch / (self.output_tokens * self.step_seconds)

    def copies(self, requests_per_s: Number) -> int:
        """Return the copies of the model that serve so many requests a second, prompts counted."""
        rate = bounded(requests_per_s, "requests_per_s", above=True)
        return rounded_up(rate / self.requests_per_s)

    def floor_copies(self, requests_per_s: Number) -> int:
        """Return the same at the floors, never idle: below it nothing run like this serves it."""
        rate = bounded(requests_per_s, "requests_per_s", above=True)
        return rounded_up(rate * self.floor_request_seconds)

    def _usd(self, tokens: int, seconds: float) -> float:
        return usd_per_million_tokens(self.usd_per_chip_hour, self.on.chips, tokens / seconds)


@physical
def rent_on_chips(
    on: Deployment,
    *,
    batch: Count,
    prompt_tokens: Count,
    output_tokens: Count,
    usd_per_chip_hour: NotNegative,
    busy_share: Positive,
    constants: Constants,
) -> DeploymentRent:
    """Return the rent of tokens on chips: prompts one at a time, answers `batch` at a time.

    A batch that the memory does not hold at the end of the answers raises ValueError.
    Source: derived: `prefill_step` and `decode_step` of `engine_plan`, beside their floors.
    """
    longest, middle = prompt_tokens + output_tokens, middle_tokens(prompt_tokens, output_tokens)
    most = max_batch(on, longest)
    if batch > most:
        raise ValueError(
            f"{on.name} holds {most:,} sequences of {longest:,} tokens, not {batch:,}: take a "
            "smaller batch, more chips, or narrower formats"
        )
    plan = engine_plan(on)
    return DeploymentRent(
        on=on,
        batch=batch,
        prompt_tokens=prompt_tokens,
        output_tokens=output_tokens,
        usd_per_chip_hour=float(usd_per_chip_hour),
        busy_share=bounded(busy_share, "busy_share", most=1, above=True),
        prompt_seconds=prefill_step(plan, prompt_tokens, constants=constants).expected_seconds,
        step_seconds=decode_step(plan, batch, middle, constants=constants).expected_seconds,
        floor_prompt_seconds=prefill_seconds(on, prompt_tokens),
        floor_step_seconds=decode_seconds(on, middle, batch=batch),
    )
