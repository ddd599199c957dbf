"""The time a token in six rungs, from weights over bandwidth to all kernels with their constants.

Each rung adds one thing to the one before, so that the error that it takes away can be seen. The
first two are one line of arithmetic each; from the third on the steps are sums of kernels.
"""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.cost.expected import NO_HOST, Host, Requests, Timing, expected_seconds, served
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import decode_read_bytes, kv_share
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.cost.step_kernels import Step

MULTIPLYING = ("matrix", "attention", "experts")


@dataclass(frozen=True)
class Rung:
    """One rung: what it adds to the one before, and which time of a step it takes."""

    number: int
    adds: str
    timing: Timing | None = None  # None: no kernels yet

    def tpot_seconds(
        self,
        plan: ServingPlan,
        requests: Requests,
        *,
        constants: Constants,
        host: Host = NO_HOST,
    ) -> float:
        """Return the time a token by this rung; `host` counts on the last one alone.

        A plan that does not fit raises ValueError from the third rung on.
        Source: derived: `served`, with the time of a step that the rung takes.
        """
        if self.timing is None:
            cached = 0.0 if self.number == 1 else cache_seconds(plan, requests)
            return weights_seconds(plan, requests) + cached
        added = Host(step_seconds=host.step_seconds) if self.number == len(RUNGS) else NO_HOST
        found = served(plan, requests, constants=constants, host=added, timing=self.timing)
        return found.tpot_seconds


def weights_seconds(plan: ServingPlan, requests: Requests) -> float:
    """Return the weights that a step reads over the bandwidth of all chips.

    Source: https://jax-ml.github.io/scaling-book/inference/ (batch 1, KV cache left out).
    """
    read = plan.step_read_bytes(max(1.0, requests.concurrency))
    return read / (plan.chips * plan.chip.hbm_bytes_per_s)


def cache_seconds(plan: ServingPlan, requests: Requests) -> float:
    """Return the caches that a step reads of all sequences, each at its middle length.

    Source: derived: one chip's share of what a token looks at, over its bandwidth.
    """
    middle = max(1, round(requests.prompt_tokens + requests.output_tokens / 2))
    one = decode_read_bytes(plan.model, middle, bytes_per_value=plan.cache_bytes_per_value)
    mine = one * kv_share(plan.model, plan.attention_chips) * requests.concurrency
    return mine / plan.attention_data_parallel / plan.chip.hbm_bytes_per_s


def kernel_floors(step: Step) -> float:
    """Return the floors of the kernels that multiply, added."""
    return step.floor_of(*MULTIPLYING)


def with_messages(step: Step) -> float:
    """Return the same, and what to expect of the messages between chips."""
    return kernel_floors(step) + step.seconds_of("all-reduce")


RUNGS = (
    Rung(1, "weights over bandwidth"),
    Rung(2, "the cache"),
    Rung(3, "arithmetic, and the others' prompts", kernel_floors),
    Rung(4, "messages between chips", with_messages),
    Rung(5, "what kernels reach, and their launches", expected_seconds),
    Rung(6, "one constant of one engine, fitted end to end", expected_seconds),
)
