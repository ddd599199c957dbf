"""Printed speeds against what nothing beats, what to expect, and what was measured nearest to them.

A speed is compared as a share of the floor's: tokens a second over those of the floor, or the
floor's time to first token over the printed one. Above 1 it is impossible. A measured row is a
share of the floor at its own load, so that lengths and batches need not agree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import max_batch
from tokenworks.cost.step_kernels import decode_step, prefill_step
from tokenworks.cost.step_time import decode_seconds, prefill_seconds
from tokenworks.data.printed_speed import PrintedSpeed, printed_speeds
from tokenworks.number import Number
from tokenworks.specs import chip, model_spec
from tokenworks.validate.published import published_rows, setting_of
from tokenworks.validate.scored import scored_rows
from tokenworks.validate.served import plan_of

FIRST, ALONE, TOGETHER = "first token", "one user", "many users"


@dataclass(frozen=True)
class Nearest:
    """A measured speed at its own load, and the share of the floor that it reached there."""

    users: Number
    prompt_tokens: Number
    value: Number  # seconds to the first token, or tokens a second
    share: Number
    source: str


@dataclass(frozen=True)
class PrintedCheck:
    """One printed cell: seconds to the first token, or tokens a second of all users together.

    `floor` is the best that the chips allow, `expected` what to expect, in the same unit. `fits`
    are the users whose caches fit at the printed lengths.
    """

    printed: PrintedSpeed
    quantity: str  # FIRST, ALONE or TOGETHER
    value: float
    floor: float
    expected: float
    fits: int
    nearest: Nearest | None

    @property
    def share(self) -> float:
        """The printed speed over that of the floor."""
        return self._share(self.value)

    @property
    def expected_share(self) -> float:
        """The expected speed over that of the floor."""
        return self._share(self.expected)

    @property
    def possible(self) -> bool:
        """Whether it is no faster than the floor, and its users fit."""
        return self.share <= 1 and self.users <= self.fits

    @property
    def users(self) -> int:
        """The users at once."""
        return self.printed.users or 1

    def _share(self, value: float) -> float:
        return self.floor / value if self.quantity == FIRST else value / self.floor


def floor_deployments(row: PrintedSpeed) -> tuple[Deployment, Deployment]:
    """Return all chips of a row, and those of one stage of its pipeline, at the favourable formats.

    Integer weights are taken to be multiplied as integers.
    """
    model, on = model_spec(row.model), chip(row.chip)
    activations = "int8" if row.weights == "int8" else None
    whole, stage = (
        Deployment(model, on, chips, weights=row.weights, kv=row.kv, activations=activations)
        for chips in (row.chips, row.chips // row.stages)
    )
    return whole, stage


def printed_checks() -> tuple[PrintedCheck, ...]:
    """Return each printed cell whose load is stated, with floor, expectation and nearest row.

    Tokens a second are at the middle of the answer, one user's share of a batch in each stage.
    Source: https://fridayswithfaraday.com/posts/llm-inference-basics-2019 (the printed cells).
    """
    return _checks()


@cache
def _checks() -> tuple[PrintedCheck, ...]:
    found = []
    for row in printed_speeds():
        if row.prompt_tokens is None or row.output_tokens is None or row.users is None:
            continue
        if row.ttft_seconds is not None:
            found.append(_first_token(row))
        found.append(_rate(row))
    return tuple(found)


def _first_token(row: PrintedSpeed) -> PrintedCheck:
    whole, stage = floor_deployments(row)
    prompt = int(row.prompt_tokens or 0)
    plan = engine_plan(_engine_deployment(stage))
    step = prefill_step(plan, prompt, constants=Constants.fitted())
    return PrintedCheck(
        row,
        FIRST,
        float(row.ttft_seconds or 0),
        prefill_seconds(whole, prompt),
        step.expected_seconds,
        _fits(row, whole),
        _nearest(row, FIRST),
    )


def _rate(row: PrintedSpeed) -> PrintedCheck:
    whole, stage = floor_deployments(row)
    users = int(row.users or 1)
    context = int(row.prompt_tokens or 0) + int(row.output_tokens or 0) // 2
    each = max(1, users // row.stages)  # of a step: the stages work on different users
    plan = engine_plan(_engine_deployment(stage))
    step = decode_step(plan, each, context, constants=Constants.fitted())
    quantity = ALONE if users == 1 else TOGETHER
    return PrintedCheck(
        row,
        quantity,
        float(row.tokens_per_s or 0),
        users / decode_seconds(stage, context, batch=each),
        users / step.expected_seconds,
        _fits(row, whole),
        _nearest(row, quantity),
    )


def _engine_deployment(on: Deployment) -> Deployment:
    """Return a deployment as engines multiply it: integers beside 16-bit activations."""
    return Deployment(on.model, on.chip, on.chips, weights=on.weights, kv=on.kv)


def _fits(row: PrintedSpeed, whole: Deployment) -> int:
    return max_batch(whole, int(row.prompt_tokens or 0) + int(row.output_tokens or 0))


def _nearest(row: PrintedSpeed, quantity: str) -> Nearest | None:
    """Return the measured row of the same model, chips and precision whose load is nearest."""
    found = [*_served_rows(row, quantity), *_public_rows(row, quantity)]
    users, prompt = row.users or 1, row.prompt_tokens or 1

    def away(one: Nearest) -> float:
        lengths = abs(math.log(one.prompt_tokens / prompt))
        return abs(math.log(one.users / users)) + lengths / 4

    alike = [one for one in found if (one.users == 1) == (users == 1) or quantity == FIRST]
    return min(alike, key=away, default=None)


def _served_rows(row: PrintedSpeed, quantity: str) -> list[Nearest]:
    found = []
    for scored in scored_rows():
        served = scored.served
        first, later = served.ttft_seconds, served.tpot_seconds
        alike = served.precision == row.weights and served.gpus == row.chips // row.stages
        if not (alike and first and later):
            continue
        plan = plan_of(served)
        if (plan.model.name, plan.chip.name) != (row.model, row.chip):
            continue
        on = Deployment(plan.model, plan.chip, plan.chips, weights=row.weights, kv=plan.cache)
        prompt, output = round(served.prompt_tokens), round(served.output_tokens)
        if quantity == FIRST:
            if served.concurrency > 4:
                continue
            value, share = first, prefill_seconds(on, prompt) / first
        else:
            value = served.concurrency / later
            step = decode_seconds(on, prompt + output // 2, batch=served.concurrency)
            share = value * step / served.concurrency
        found.append(Nearest(served.concurrency, prompt, value, share, scored.source))
    return found


def _public_rows(row: PrintedSpeed, quantity: str) -> list[Nearest]:
    if quantity != ALONE:
        return []
    found = []
    for public in published_rows():
        if public["metric"] != "decode tok/s" or public.measured is None:
            continue
        try:
            setting = setting_of(public)
        except (KeyError, ValueError):
            continue
        names = (setting.model.name, setting.chip.name, setting.chips, setting.precision)
        if names != (row.model, row.chip, row.chips // row.stages, row.weights):
            continue
        context = round(setting.context_tokens or setting.prompt_tokens or 1)
        on = Deployment(setting.model, setting.chip, setting.chips, weights=setting.precision)
        share = public.measured * decode_seconds(on, context)
        found.append(Nearest(1, context, public.measured, share, public["source"]))
    return found
