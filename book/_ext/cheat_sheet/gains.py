"""By how much each technique helped: worked numbers from records, timed kernels and the library."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tokenworks import chip, claim, model_spec, worked
from tokenworks.cost import (
    Constants,
    Deployment,
    Groups,
    Split,
    bubble_share,
    checkpoint_bytes,
    decode_step,
    dispatch_times,
    engine_plan,
    expected_seconds,
    kv_bytes,
    max_batch,
    prefill_step,
    split_cost,
    step_clock,
    timed_products,
    tokens_of_groups,
)
from tokenworks.data import level, measured_speculation, speculation_runs
from tokenworks.printed_gains import ComputedGain, computed_gains
from tokenworks.serving import published_routing_case
from tokenworks.shapes import moe_layer_count
from tokenworks.widgets.serving_pools import tabulated
from tokenworks.worked_number import Worked

H100, FITTED = chip("h100-sxm"), Constants.fitted()
SEVENTY, LARGE, MIXTURE = (
    model_spec(name) for name in ("llama-3-70b", "llama-3-405b", "deepseek-v3")
)
KEPT_BACK = {"overhead_bytes": 2e9, "fragmentation": 0.05}  # of each chip, and of its cache
NODE = Deployment(SEVENTY, H100, 8, overhead_bytes=2e9)
RATE, PROMPT = 5, 2000  # the opening setting of the chapter's widget of pools


def gain_of(name: str) -> ComputedGain:
    """Return what one remedy buys in the case of the chapter on serving."""
    return next(each for each in computed_gains() if each.printed.name == name)


def of_guide(name: str, least: str = "", most: str = "") -> Worked:
    """Work out what one remedy buys there, at least and at most."""
    gain = gain_of(name)
    ends = ((least, gain.least), (most, gain.most))
    return sum(  # type: ignore[return-value]
        worked(literal, " / ".join(sides), **sides) for literal, sides in ends if literal
    )


def of_others(least: str, most: str) -> Worked:
    """Read the lowest and the highest published speed-up of guesses."""
    rows = speculation_runs()
    low, high = (
        min(rows, key=lambda row: row.speedup_low),
        max(rows, key=lambda row: row.speedup_high),
    )
    return worked(least, "low.speedup_low", low=low) + worked(most, "high.speedup_high", high=high)


@dataclass(frozen=True)
class PoolRun:
    """What was recorded of one way to place prompts and answers on two replicas."""

    label: str
    gap_p99_seconds: float
    first_p99_seconds: float
    source: str = "benchmarks/record_serving_pools.py"
    accessed: str = "2026-11-30"


def _pools(way: str) -> PoolRun:
    record = tabulated()
    rate, prompt = (record["grid"][name] for name in ("rate_per_s", "prompt_tokens"))
    run = record["runs"][rate.index(RATE)][prompt.index(PROMPT)][way]
    label = f"{record['label']}, {record['ways'][way]}"
    return PoolRun(label, run["gap_p99"], run["first_p99"])


def pool_gap(literal: str, way: str) -> Worked:
    """Read the slowest gaps of one of three ways to place prompts and answers."""
    return worked(literal, "run.gap_p99_seconds", run=_pools(way))


def pool_first(literal: str, way: str) -> Worked:
    """Read the slowest first tokens of one of these ways."""
    return worked(literal, "run.first_p99_seconds", run=_pools(way))


def product_gain(literal: str, tokens: int) -> Worked:
    """Work out how much sooner a timed product with weights in 4 bits is done."""
    wide, narrow = (_timed(precision, tokens) for precision in ("bf16", "int4"))
    times = {"wide_seconds": wide, "narrow_seconds": narrow}
    return worked(literal, "wide_seconds / narrow_seconds", **times)


def _timed(precision: str, tokens: int) -> float:
    rows = (row.timed for row in timed_products("a100-80gb", precision))
    return next(row.seconds for row in rows if (row.tokens, row.n, row.k) == (tokens, 8192, 8192))


def room_gain(literal: str, weights: str) -> Worked:
    """Work out how many times the conversations two chips hold with narrow weights."""
    wide, narrow = (
        max_batch(Deployment(SEVENTY, H100, 2, weights=each, **KEPT_BACK), 4096)
        for each in ("bf16", weights)
    )
    held = {"narrow_batch": narrow, "wide_batch": wide}
    return worked(literal, "narrow_batch / wide_batch", **held)


def drafted(literal: str, kind: str) -> Worked:
    """Read the measured speed-up of guesses looked up in the text."""
    run = measured_speculation().run("prompt_lookup", kind)
    return worked(literal, "run.speedup.median", run=run)


def one_user(literal: str, chips: int) -> Worked:
    """Work out the expected step of one user of 70B."""
    step = decode_step(engine_plan(Deployment(SEVENTY, H100, chips)), 1, 4096, constants=FITTED)
    return worked(literal, expected_seconds, step=step)


@cache
def _ways(users: int) -> list[Groups]:
    eight = Deployment(model_spec("llama-3-8b"), H100, 8, **KEPT_BACK)
    return tokens_of_groups(eight, batch=users, context_tokens=2048, constants=FITTED)


def copies_gain(literal: str, users: int) -> Worked:
    """Work out what eight copies write beside one group of all eight chips."""
    copies, *_, group = _ways(users)
    rates = {"copies_tokens_per_s": copies.tokens_per_s, "group_tokens_per_s": group.tokens_per_s}
    return worked(literal, "copies_tokens_per_s / group_tokens_per_s", **rates)


def a_chip_holds(literal: str, split: Split) -> Worked:
    """Work out what a chip holds of 405B in a split."""
    cost = split_cost(Deployment(LARGE, H100, 8), split, batch=32, context_tokens=4096)
    parts = {"whole_bytes": checkpoint_bytes(LARGE, 2), "devices": split.devices}
    assert cost.weight_bytes == parts["whole_bytes"] / parts["devices"]
    return worked(literal, "whole_bytes / devices", **parts)


def idle(literal: str, micro_batches: int) -> Worked:
    """Work out the idle share of four stages."""
    return worked(literal, bubble_share, stages=4, micro_batches=micro_batches)


def dispatched(literal: str, row: int) -> Worked:
    """Read the measured time of 128 tokens on their way to their experts."""
    return worked(literal, "timed.seconds", timed=dispatch_times("dispatch")[row])


def experts_of(literal: str) -> Worked:
    """Work out what one chip of 256 holds of a mixture's experts."""
    layers = moe_layer_count(MIXTURE)
    sizes = {"d_model": MIXTURE.d_model, "d_ff_expert": MIXTURE.d_ff_expert, "layers": layers}
    return worked(literal, "layers * 3 * d_model * d_ff_expert * 1", **sizes)


def read_again(literal: str) -> Worked:
    """Work out the expected reading of a prefix."""
    step = prefill_step(engine_plan(NODE), 8192, constants=FITTED)
    return worked(literal, expected_seconds, step=step)


def copied_back(literal: str) -> Worked:
    """Work out the least time in which the host gives its cache back."""
    given = {"cache_bytes": kv_bytes(SEVENTY, 8192, bytes_per_value=2), "chips": 8}
    pcie = level("h100-sxm-host").bytes_per_s
    formula = "cache_bytes / (chips * pcie_bytes_per_s)"
    return worked(literal, formula, **given, pcie_bytes_per_s=pcie)


@cache
def mean_first_token_seconds(router: str) -> float:
    """Simulate the case of routing that goes round, on floors; return its mean first token."""
    clock = step_clock(Deployment(model_spec("llama-3-8b"), chip("a100-80gb")))
    return published_routing_case(router, step_seconds=clock).ttft_mean_seconds


def routed(literal: str, router: str) -> Worked:
    """Work out the mean first token of a simulated router."""
    return worked(literal, mean_first_token_seconds, router=router)


def paper_paging(literal: str) -> Worked:
    """Work out how many more sequences ran at once on the server of the paper on paging."""
    counted = {
        "in_blocks": claim("paged-at-once").value,
        "reserved": claim("longest-at-once").value,
    }
    return worked(literal, "in_blocks / reserved", **counted)


def paper_flash(literal: str) -> Worked:
    """Work out how much sooner a layer was done on the chip of the paper on flash attention."""
    took = {f"{way}_ms": claim(f"flash-paper-{way}-seconds").value for way in ("naive", "flash")}
    return worked(literal, "naive_ms / flash_ms", **took)
