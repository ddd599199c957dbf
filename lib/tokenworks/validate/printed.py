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
from tokenworks.cost.floor_shares import MIDDLE_TOKENS
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import max_batch
from tokenworks.cost.step_kernels import decode_step, prefill_step
from tokenworks.cost.step_time import decode_seconds, prefill_seconds
from tokenworks.data.printed_speed import PrintedSpeed, printed_speeds
from tokenworks.data.silicon.kernel_times import Timed
from tokenworks.specs import chip, measurements, model_spec, number_format
from tokenworks.validate.scored import scored_rows
from tokenworks.validate.served import plan_of

FIRST, ALONE, TOGETHER = "first token", "one user", "many users"


@dataclass(frozen=True)
class Nearest:
    """A measured speed at its own load, and the share of the floor that it reached there.

    A row of facts: `worked` cites it, and not the guide, for a number read off it.
    """

    label: str  # who measured, what and on which load
    source: str
    accessed: str
    users: int
    prompt_tokens: int  # of a measurement of decoding alone: of the context, in the middle
    share: float
    ttft_seconds: float | None = None
    tokens_per_s: float | None = None  # of all users together

    @property
    def value(self) -> float:
        """Seconds to the first token, or tokens a second."""
        return float(self.tokens_per_s or self.ttft_seconds or 0)


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
    found = [*_served_rows(row, quantity), *_measurements(row, quantity)]
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
        users = served.concurrency
        prompt, output = round(served.prompt_tokens), round(served.output_tokens)
        if quantity == FIRST:
            if users > 4:
                continue
            ttft, rate, share = first, None, prefill_seconds(on, prompt) / first
        else:
            ttft, rate = None, users / later
            share = decode_seconds(on, prompt + output // 2, batch=users) / later
        load = f"{users} users, prompts of {prompt:,} tokens"
        label = f"{scored.source}: {_label(on)}, {load}"
        origin = (label, Timed.source, Timed.accessed)
        found.append(Nearest(*origin, users, prompt, share, ttft_seconds=ttft, tokens_per_s=rate))
    return found


def _measurements(row: PrintedSpeed, quantity: str) -> list[Nearest]:
    if quantity != ALONE:
        return []
    found = []
    for one in measurements():
        alike = (one.model, one.chip, one.chips) == (row.model, row.chip, row.chips // row.stages)
        width = number_format(row.weights).bytes_per_value
        if not alike or one.batch != 1 or one.bytes_per_param != width:
            continue
        on = Deployment(model_spec(one.model), chip(one.chip), one.chips, weights=row.weights)
        share = one.tokens_per_s * decode_seconds(on, MIDDLE_TOKENS)
        who = one.source.split("/")[4]  # of github.com/owner/name
        label = f"{who}: {_label(on)}, {one.note.partition(';')[0]}"
        origin, speed = (label, one.source, one.accessed), one.tokens_per_s
        found.append(Nearest(*origin, 1, MIDDLE_TOKENS, share, tokens_per_s=speed))
    return found


def _label(on: Deployment) -> str:
    return f"{on.model.label} on {on.chips} × {on.chip.label}, {on.weights}"
