"""The time a token in six rungs, from weights over bandwidth to all kernels with their constants.

Each rung adds one thing to the one before, so that the error that it takes away can be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tokenworks.cost.expected import Host, Requests, Served, served
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import kv_bytes_per_chip
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.cost.step_kernels import Step

MULTIPLYING = ("matrix", "attention", "experts")


class Rung(NamedTuple):
    """One rung: what it adds, and the time a token by it."""

    number: int
    adds: str
    tpot_seconds: Callable[[ServingPlan, Requests, Constants, Host], float]


def weights_seconds(
    plan: ServingPlan, requests: Requests, constants: Constants, host: Host
) -> float:
    """Return the weights that a step reads over the bandwidth of all chips."""
    read = plan.step_read_bytes(max(1.0, requests.concurrency))
    return read / (plan.chips * plan.chip.hbm_bytes_per_s)


def with_cache_seconds(
    plan: ServingPlan, requests: Requests, constants: Constants, host: Host
) -> float:
    """Add the caches of all sequences, each at its middle length."""
    middle = max(1, round(requests.prompt_tokens + requests.output_tokens / 2))
    one = kv_bytes_per_chip(
        plan.model, middle, bytes_per_value=plan.cache_bytes_per_value, tp=plan.attention_chips
    )
    cache = one * requests.concurrency / plan.attention_data_parallel
    return weights_seconds(plan, requests, constants, host) + cache / plan.chip.hbm_bytes_per_s


def _kernel_floors(step: Step) -> float:
    return step.floor_of(*MULTIPLYING)


def _with_messages(step: Step) -> float:
    return step.floor_of(*MULTIPLYING) + step.seconds_of("all-reduce")


def _served(
    plan: ServingPlan, requests: Requests, constants: Constants, timing: Callable[[Step], float]
) -> Served:
    return served(plan, requests, constants=constants, timing=timing)


RUNGS = (
    Rung(1, "weights over bandwidth", weights_seconds),
    Rung(2, "the cache", with_cache_seconds),
    Rung(
        3,
        "arithmetic, and the others' prompts",
        lambda plan, requests, constants, host: (
            _served(plan, requests, constants, _kernel_floors).tpot_seconds
        ),
    ),
    Rung(
        4,
        "messages between chips",
        lambda plan, requests, constants, host: (
            _served(plan, requests, constants, _with_messages).tpot_seconds
        ),
    ),
    Rung(
        5,
        "what kernels reach, and their launches",
        lambda plan, requests, constants, host: (
            served(plan, requests, constants=constants).tpot_seconds
        ),
    ),
    Rung(
        6,
        "one constant of one engine, fitted end to end",
        lambda plan, requests, constants, host: (
            served(plan, requests, constants=constants, host=host).tpot_seconds
        ),
    ),
)
