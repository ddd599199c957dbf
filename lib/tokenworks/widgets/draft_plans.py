"""Targets as they are served, and what a guess of each draft costs beside them."""

from __future__ import annotations

from dataclasses import replace

from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.eagle_kernels import eagle_step
from tokenworks.cost.expected import cache_capacity
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.cost.speculation_batch import speculation_round
from tokenworks.cost.step_kernels import decode_step
from tokenworks.specs import chip, model_spec

TARGETS = {  # model, chips, precision: on H100, under vLLM
    "70b": ("llama-3-70b", 4, "bf16"),
    "8b": ("llama-3-8b", 1, "bf16"),
    "120b": ("gpt-oss-120b", 1, "fp4"),
}
DRAFT = ("llama-3.2-1b", 1, "bf16")


def plan_of(name: str) -> ServingPlan:
    """Return a target as it is served."""
    return _plan(*TARGETS[name])


def draft_plan(name: str, target: str = "70b") -> ServingPlan | None:
    """Return the draft on the chips of a target: coins are Llama-3.2 1B's, on one of them.

    The first half of the layers, and the target with its matrices in 8 bits, are sharded as it is;
    a lookup runs no model, and the trained layer is none of its own.
    """
    if name == "coins":
        return _plan(*DRAFT)
    plan = plan_of(target)
    if name == "exit":
        half = plan.model.n_layers // 2
        return replace(plan, model=replace(plan.model, n_layers=half))
    if name == "eight-bit":
        experts = plan.experts if plan.experts != "bfloat16" else "int8_wo"
        return replace(plan, attention="int8_wo", dense="int8_wo", experts=experts)
    return None


def draft_cost(
    name: str, target: str, *, batch: int, context_tokens: int, constants: Constants
) -> float:
    """Return a guess of a draft, in plain steps of the target."""
    plan = plan_of(target)
    if name == "trained":
        plain, guess = (
            step(plan, batch, context_tokens, constants=constants).expected_seconds
            for step in (decode_step, eagle_step)
        )
        return guess / plain
    return speculation_round(
        plan,
        draft_plan(name, target),
        1,
        batch=batch,
        context_tokens=context_tokens,
        constants=constants,
    ).draft_cost()


def fits(target: str, batch: int, tokens: int) -> bool:
    """Tell whether the caches of a batch fit beside the target and the draft of the coins."""
    return cache_capacity(plan_of(target), tokens, draft=_plan(*DRAFT)) >= batch


def _plan(model: str, chips: int, precision: str) -> ServingPlan:
    on = chip("h100-sxm")
    return served_plan(model_spec(model), on, chips, engine="vllm", precision=precision)


LABELS = {
    name: f"{(plan := plan_of(name)).model.label} on {plan.chips} × {plan.chip.label}"
    for name in TARGETS
}
