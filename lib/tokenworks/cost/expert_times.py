"""Layers of experts that were timed, beside their floor and what to expect of them."""

from __future__ import annotations

from typing import NamedTuple

from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.kernels import (
    KERNEL_FORMATS,
    Rates,
    Work,
    experts_touched,
    floor_seconds,
    summed_seconds,
)
from tokenworks.data.silicon import CHIP_OF, MoeTime, moe_times
from tokenworks.specs import chip, model_spec

MODELS = {  # of the tables, as rows of models.csv
    "DeepSeek-V3": "deepseek-v3",
    "Kimi-K2": "kimi-k2.5",
    "Mixtral-8x7B": "mixtral-8x7b",
    "Qwen3-235B": "qwen3-235b-a22b",
    "gpt-oss-120b": "gpt-oss-120b",
}


class TimedExperts(NamedTuple):
    """A timed layer of experts on one of its chips: its work, its floor, what was to be expected.

    `touched` are the experts that its tokens read on all chips together.
    """

    timed: MoeTime
    touched: float
    work: Work
    floor_seconds: float
    expected_seconds: float


def timed_experts(
    on: str,
    model: str,
    *,
    tp: int = 1,
    ep: int = 1,
    form: str = "fp8_block",
    distribution: str = "balanced",
    library: str = "trtllm",
) -> list[TimedExperts]:
    """Return the timed layers of a model's experts over tp × ep chips, by tokens.

    Balanced routing touches as many experts as it can; otherwise the floor takes the fewest, those
    of one token, and what is expected the average of even routing. What nobody timed raises
    ValueError, which lists what was.
    Source: the table of data.silicon; derived: `matrix_work` of the experts, read once.
    """
    key = (on, model, library, form, tp, ep, distribution)
    rows = [row for row in moe_times() if _key(row) == key]
    if not rows:
        near = sorted({_key(row)[2:] for row in moe_times() if _key(row)[:2] == (on, model)})
        known = "; ".join(" ".join(map(str, each)) for each in near) or "nothing of these two"
        raise ValueError(f"nobody timed {' '.join(map(str, key))}; known: {known}")
    return [_beside(row) for row in sorted(rows, key=lambda row: row.tokens)]


def _key(row: MoeTime) -> tuple[str, str, str, str, int, int, str]:
    names = CHIP_OF[row.system], MODELS[row.model], row.framework, row.format
    return (*names, row.tp, row.ep, row.distribution)


def _beside(row: MoeTime) -> TimedExperts:
    spec, on = model_spec(MODELS[row.model]), chip(CHIP_OF[row.system])
    form, active = KERNEL_FORMATS[row.format], spec.n_experts_active
    most = min(spec.n_experts, row.tokens * active)
    even = row.distribution == "balanced"
    fewest = most if even else active
    touched = most if even else experts_touched(spec.n_experts, active, row.tokens)
    one = 3 * spec.d_model * spec.d_ff_expert / row.tp
    flops = 2.0 * row.tokens * active * one / row.ep
    least, work = (Work(flops, n * one * form.weight_bytes / row.ep) for n in (fewest, touched))
    fit = Constants.fitted().find("moe", on, row.format, libraries=(row.framework,))
    peak = Rates(on.peak(form.arithmetic), on.hbm_bytes_per_s)
    expected = summed_seconds(work, fit.rates(on, form.arithmetic))
    return TimedExperts(row, touched, work, floor_seconds(least, peak), expected)
