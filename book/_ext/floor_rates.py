"""The numbers of the decode floor on `book/facts`: each mark, and those of the sentences above."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost import (
    Constants,
    Deployment,
    decode_step,
    decode_step_seconds,
    decode_tokens_per_s,
    engine_plan,
    measured_share,
    min_chips,
    parameter_count,
    step_weight_bytes,
    weight_bytes,
)
from tokenworks.specs import chip, measurements, model_spec
from tokenworks.units import show
from tokenworks.validate import expected_error
from tokenworks.worked_number import Worked, worked

MODELS = ("llama-3-8b", "llama-3-70b", "llama-3-405b")
CHIPS = (
    *("rtx-4090", "l40s", "tpu-v5e", "tpu-v6e", "a100-80gb"),
    *("h100-sxm", "h200-sxm", "mi300x", "tpu-v7", "b200"),
)
CHIPS_PER_SERVER = 8
BYTES_PER_PARAM = 1.0
CONTEXT_TOKENS = 1000  # of the conversation whose pace is expected


class Dot(NamedTuple):
    """One model on one server: its rate, or None where its weights do not fit."""

    chip: Chip
    model: ModelSpec
    tokens_per_s: float | None


def dot(chip_name: str, model_name: str) -> Dot:
    """Compute the most tokens per second that a server can write for one sequence."""
    one, model = chip(chip_name), model_spec(model_name)
    if min_chips(weight_bytes(model, BYTES_PER_PARAM), one.planned_bytes) > CHIPS_PER_SERVER:
        return Dot(one, model, None)
    read_bytes = step_weight_bytes(model, BYTES_PER_PARAM)
    step = decode_step_seconds(read_bytes, CHIPS_PER_SERVER * one.hbm_bytes_per_s)
    return Dot(one, model, decode_tokens_per_s(step))


def dots() -> list[list[Dot]]:
    """Compute every mark, one list a chip, the slowest memory first."""
    names = sorted(CHIPS, key=lambda name: chip(name).hbm_bytes_per_s)
    return [[dot(name, model) for model in MODELS] for name in names]


def shown(rate: float) -> str:
    """Return a rate as the figure prints it: two digits or more, no false precision."""
    return f"{rate:.1f}" if rate < 9.95 else f"{rate:,.0f}"


@cache
def stated() -> dict[str, Worked]:
    """Work out the numbers of the sentences above the figure, by the names that print them."""
    spec, eight = model_spec("llama-3-70b"), dot("h100-sxm", "llama-3-70b")
    stored = {"spec": spec, "bytes_per_param": BYTES_PER_PARAM}
    held, read = weight_bytes(**stored), step_weight_bytes(**stored)
    table = {"vocab_size": spec.vocab_size, "d_model": spec.d_model}
    params = f"{parameter_count(spec) / 1e9:.1f} billion parameters"
    measured = next(row for row in measurements() if row.name.endswith("405b-int8-tp8"))
    server = Deployment(spec, eight.chip, CHIPS_PER_SERVER, weights="fp8")
    step = decode_step(engine_plan(server), 1, CONTEXT_TOKENS, constants=Constants.fitted())
    error = expected_error(spec)
    return {
        "params_70b": worked(params, parameter_count, spec=spec),
        "held_70b": worked(show(held, "GB", decimals=1), weight_bytes, **stored),
        "read_70b": worked(show(read, "GB", decimals=1), step_weight_bytes, **stored),
        "embedding_70b": worked(
            show(math.prod(table.values()) * BYTES_PER_PARAM, "GB", decimals=2),
            "vocab_size * d_model * bytes_per_param",
            **table,
            bytes_per_param=BYTES_PER_PARAM,
        ),
        "floor_70b": worked(
            f"{shown(eight.tokens_per_s)} tokens/s",
            "chips * hbm_bytes_per_s / weight_bytes",
            chips=CHIPS_PER_SERVER,
            hbm_bytes_per_s=eight.chip.hbm_bytes_per_s,
            weight_bytes=read,
        ),
        "expected_70b": worked(
            f"{1 / step.expected_seconds:.0f} tokens/s", "1 / step.expected_seconds", step=step
        ),
        "median_dense": worked(show(error.median, "%", decimals=0), "error.median", error=error),
        "p90_dense": worked(show(error.p90, "%", decimals=0), "error.p90", error=error),
        "reached_405b": worked(
            show(measured_share(measured), "%", decimals=0), measured_share, row=measured
        ),
    }
