"""What users of a server see: the time a token and the time to the first, at a concurrency.

Users send a request as soon as their last one is answered. While one is answered, the prompts of
the others are read between its tokens: a token takes a decode step and its share of those prompts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tokenworks.cost.domain import Count, physical
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import kept_state_bytes, kv_bytes_per_chip
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.cost.step_kernels import Step, decode_step, prefill_step
from tokenworks.number import make_bounded

MEMORY_SHARE = 0.9  # of a chip that engines plan with (vLLM's gpu_memory_utilization)
ROUNDS = 20  # of the fixed point of batch and time
STEP_TOKENS = 8192  # of prompts that engines read in one step (vLLM's max_num_batched_tokens)
# Who starts a request only where its whole answer has room (GUARANTEED_NO_EVICT, the default of
# https://nvidia.github.io/TensorRT-LLM/); the others start it, and stop it where memory ends.
KEEPS_ROOM = ("trtllm",)


@dataclass(frozen=True)
class Requests:
    """What the users ask for: prompt and output tokens of each, and how many are in flight."""

    prompt_tokens: float
    output_tokens: float
    concurrency: float = 1

    def __post_init__(self) -> None:
        make_bounded(self, "prompt_tokens", "output_tokens", "concurrency", above=True)


@dataclass(frozen=True)
class Host:
    """What an engine adds to its kernels, fitted to served requests (`data/hosts.csv`).

    `step_seconds` are those of a step in which no kernel runs, `first_seconds` what the way of a
    request to the first step takes, and `prompts_before` the share of the other requests' prompts
    that are read before a new one's.
    """

    step_seconds: float = 0.0
    first_seconds: float = 0.0
    prompts_before: float = 0.0


NO_HOST = Host()


@dataclass(frozen=True)
class Served:
    """What to expect of a server under load, and the two steps that it is made of."""

    decode: Step
    prefill: Step
    batch: float  # sequences that decode at once on all chips, the mean
    capacity: float  # sequences that the caches of all chips hold
    tpot_seconds: float
    ttft_seconds: float


Timing = Callable[[Step], float]


def expected_seconds(step: Step) -> float:
    """Return what to expect of a step: its kernels by kind, one after another.

    Source: derived: the same sum as `Step.expected_seconds`.
    """
    matrix_seconds, expert_seconds = step.seconds_of("matrix"), step.seconds_of("experts")
    attention_seconds, message_seconds = step.seconds_of("attention"), step.seconds_of("all-reduce")
    other_seconds = step.seconds_of("element-wise")
    return matrix_seconds + expert_seconds + attention_seconds + message_seconds + other_seconds


@physical
def sequence_bytes(plan: ServingPlan, tokens: Count) -> float:
    """Return what each chip of an attention group holds of one sequence of this length.

    Source: derived: its share of the cache, and of the states of linear layers.
    """
    one = kv_bytes_per_chip(
        plan.model, tokens, bytes_per_value=plan.cache_bytes_per_value, tp=plan.attention_chips
    )
    return one + kept_state_bytes(plan.model) / plan.attention_chips


@physical
def cache_capacity(plan: ServingPlan, tokens: Count, *, draft: ServingPlan | None = None) -> float:
    """Return the sequences of this length that all chips together hold beside the weights.

    A `draft` model stands on as many of the same chips or fewer, with a cache of its own for each
    sequence; one on more chips, or with other groups of attention, raises ValueError.
    Source: derived: 90 % of the memory (https://docs.vllm.ai/en/latest/configuration/
    engine_args.html, gpu_memory_utilization), less weights, over the cache of one.
    """
    free, one = MEMORY_SHARE * plan.chip.planned_bytes, 0.0
    groups = plan.attention_data_parallel
    for each in (plan, draft) if draft else (plan,):
        if each.chips > plan.chips or each.attention_data_parallel != groups:
            raise ValueError(
                f"the draft stands on {each.chips} chips in {each.attention_data_parallel} groups "
                f"of attention, the target on {plan.chips} in {groups}: take as many groups, and "
                "no more chips"
            )
        free -= each.weight_bytes / each.chips
        one += sequence_bytes(each, tokens)
    return max(0.0, free / one) * groups


def served(
    plan: ServingPlan,
    requests: Requests,
    *,
    constants: Constants,
    host: Host = NO_HOST,
    timing: Timing = expected_seconds,
) -> Served:
    """Return what users of a plan see.

    A plan whose memory does not hold the weights and one sequence raises ValueError.
    Source: derived: a closed loop of `concurrency` users (Little's law) over `step_kernels`.
    """
    output, capacity = requests.output_tokens, _room(plan, requests)
    loop = _Loop(plan, requests, constants=constants, host=host, timing=timing)
    held = batch = min(requests.concurrency, capacity)
    step, tpot, first = loop.at(batch)
    for _ in range(ROUNDS):
        fewer = held * output * tpot / (loop.own + output * tpot)  # the others are being read
        if held <= 1 or abs(fewer - batch) < 0.001 * batch:
            break
        batch = max(1.0, fewer)
        step, tpot, first = loop.at(batch)
    queued = max(0.0, requests.concurrency / held - 1) * (first + output * tpot)
    return Served(step, loop.reading, batch, capacity, tpot, first + queued)


def _room(plan: ServingPlan, requests: Requests) -> float:
    """Return the sequences that the memory holds; not even one raises ValueError."""
    prompt, output = requests.prompt_tokens, requests.output_tokens
    kept = 1.0 if plan.engine in KEEPS_ROOM else 0.5
    capacity = cache_capacity(plan, max(1, round(prompt + kept * output)))
    if capacity >= 1:
        return capacity
    have = plan.chips * plan.chip.planned_bytes
    raise ValueError(
        f"{plan.model.label} does not fit on {plan.chips} x {plan.chip.label}: "
        f"{plan.weight_bytes / 1e9:.1f} GB of weights and a sequence of "
        f"{prompt + output:,.0f} tokens in {have / 1e9:.1f} GB"
    )


class _Loop:
    """The steps of a plan under a load, at any batch."""

    def __init__(
        self,
        plan: ServingPlan,
        requests: Requests,
        *,
        constants: Constants,
        host: Host,
        timing: Timing,
    ) -> None:
        self.plan, self.asked = plan, requests
        self.constants, self.host, self.timing = constants, host, timing
        self.reading = self._read(1)
        self.own = self.timing(self.reading)

    def _read(self, prompts: float) -> Step:
        return prefill_step(
            self.plan, self.asked.prompt_tokens, constants=self.constants, prompts=prompts
        )

    def at(self, batch: float) -> tuple[Step, float, float]:
        """Return the decode step, the time a token and the time to the first at a batch."""
        prompt, output = self.asked.prompt_tokens, self.asked.output_tokens
        groups = self.plan.attention_data_parallel
        mine = max(1.0, batch / groups)
        step = decode_step(self.plan, mine, prompt + output / 2, constants=self.constants)
        together = min(max(1.0, mine / output), max(1.0, STEP_TOKENS / prompt))
        one = self.own
        if together > 1:  # so many answers end in a step that their successors' prompts share one
            one = self.timing(self._read(together)) / together
        at_once = min(groups, max(1.0, batch))  # each group reads a prompt of its own
        behind = max(0.0, batch - 1) * one / at_once
        tpot = self.timing(step) + self.host.step_seconds + behind / output
        return step, tpot, self.host.first_seconds + self.own + self.host.prompts_before * behind
