"""What users of a server see: the time a token and the time to the first, at a concurrency.

Users send a request as soon as their last one is answered. While one is answered, the prompts of
the others are read between its tokens: a token takes a decode step and its share of those prompts.
"""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.cost.domain import Count, physical
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import kv_bytes_per_chip
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.cost.step_kernels import Step, decode_step, prefill_step

MEMORY_SHARE = 0.9  # of a chip that engines plan with (vLLM's gpu_memory_utilization)
ROUNDS = 20  # of the fixed point of batch and time


@dataclass(frozen=True)
class Requests:
    """What the users ask for: prompt and output tokens of each, and how many are in flight."""

    prompt_tokens: float
    output_tokens: float
    concurrency: float


@dataclass(frozen=True)
class Served:
    """What to expect of a server under load, and the two steps that it is made of."""

    decode: Step
    prefill: Step
    batch: float  # sequences that decode at once on all chips, the mean
    capacity: float  # sequences that the caches of all chips hold
    tpot_seconds: float
    ttft_seconds: float

    @property
    def tokens_per_s(self) -> float:
        """Output tokens of all users per second while they decode."""
        return self.batch / self.tpot_seconds


@physical
def cache_capacity(plan: ServingPlan, tokens: Count) -> float:
    """Return the sequences of this length that all chips together hold beside the weights.

    Source: derived: 90 % of the memory (https://docs.vllm.ai/en/latest/configuration/
    engine_args.html, gpu_memory_utilization), less weights, over the cache of one.
    """
    one = kv_bytes_per_chip(
        plan.model, tokens, bytes_per_value=plan.cache_bytes_per_value, tp=plan.attention_chips
    )
    free = MEMORY_SHARE * plan.chip.planned_bytes - plan.weight_bytes / plan.chips
    return max(0.0, free / one) * plan.attention_data_parallel


def served(
    plan: ServingPlan,
    requests: Requests,
    *,
    constants: Constants,
    host_seconds: float = 0.0,
    waits: float = 0.0,
) -> Served:
    """Return what users of a plan see; one whose memory holds no sequence raises ValueError.

    `host_seconds` are those of a step in which no kernel runs.
    Source: derived: closed loop of `concurrency` users (Little's law), steps of `step_kernels`.
    """
    prompt, output = requests.prompt_tokens, requests.output_tokens
    capacity = cache_capacity(plan, max(1, round(prompt + output / 2)))
    if capacity < 1:
        raise ValueError(
            f"no sequence of {prompt:,.0f} + {output:,.0f} tokens fits beside the weights on "
            f"{plan.chips} x {plan.chip.label}"
        )
    held = min(requests.concurrency, capacity)
    groups = plan.attention_data_parallel
    reading = prefill_step(plan, prompt, constants=constants)
    read_seconds = reading.expected_seconds / min(groups, held)
    context = prompt + output / 2
    batch = held
    for _ in range(ROUNDS):
        step = decode_step(plan, max(1.0, batch / groups), context, constants=constants)
        step_seconds = step.expected_seconds + host_seconds
        tpot = step_seconds + max(0.0, batch - 1) / output * read_seconds
        first = reading.expected_seconds + step_seconds / 2 + waits * max(0.0, batch - 1) * read_seconds
        fewer = held * output * tpot / (first + output * tpot)
        if abs(fewer - batch) < 0.001 * batch:
            break
        batch = max(1.0, fewer)
    waiting = max(0.0, requests.concurrency / held - 1) * (first + output * tpot)
    return Served(step, reading, batch, capacity, tpot, first + waiting)
