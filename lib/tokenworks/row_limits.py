"""What the labels of a served row allow: what its chips hold, and what they can do in its time.

Each function returns the arithmetic in words where a row breaks a limit, else an empty string. What
cannot be computed, for want of a model, a chip or a count, breaks none.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import NamedTuple

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.attention_flops import prefill_attention_flops
from tokenworks.cost.memory import kv_bytes, step_weight_bytes, tensor_parallel_sizes, weight_bytes
from tokenworks.cost.parameters import matmul_parameter_count
from tokenworks.cost.step_time import flops_per_token
from tokenworks.data.silicon import (
    CHIP_OF,
    MODEL_OF,
    ServedRow,
    decode_attention_times,
    gemm_times,
    prefill_attention_times,
)
from tokenworks.specs import chip_named, model_spec
from tokenworks.units import show

# The fewest bytes that a weight takes in a precision, without scales; in an unknown one: four bits.
LEAST_BYTES = {"bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0}
FOUR_BITS = 0.5
CACHE_BYTES = 1.0  # of a value of the cache; none of these servers keeps less
# Formats whose timed products a precision may take: engines multiply no narrower than they store.
MULTIPLIED = {"bf16": ("bfloat16",), "fp16": ("bfloat16",), "fp8": ("fp8", "fp8_block")}
LARGE = 500e6  # bytes of a cache that no chip keeps closer than its memory


def missing(row: ServedRow) -> str:
    """Say which label of a row is missing."""
    named = {"model": row.model, "system": row.system, "precision": row.precision}
    counts = {"isl": row.isl, "osl": row.osl, "conc": row.concurrency, "gpus": row.gpus}
    absent = [name for name, value in (named | counts).items() if not value]
    return f"not stated: {', '.join(absent)}" if absent else ""


def not_split(row: ServedRow) -> str:
    """Say why the attention heads of a model cannot be shared out among the GPUs of a row."""
    spec = row_model(row)
    if spec is None or not row.gpus:
        return ""
    if row.gpus % max(1, row.dpa):
        return f"{row.gpus} GPUs cannot be {row.dpa} equal replicas of attention"
    ways = row.gpus // max(1, row.dpa)
    if ways in tensor_parallel_sizes(spec):
        return ""
    return f"{spec.n_heads} attention heads cannot be shared out evenly among {ways} GPUs"


def not_held(row: ServedRow) -> str:
    """Say why the weights of a model are not on the GPUs of a row."""
    spec, on = row_model(row), row_chip(row)
    if spec is None or on is None or not row.gpus:
        return ""
    weights, room = weight_bytes(spec, least_bytes(row)), row.gpus * on.planned_bytes
    if weights <= room:
        return ""
    held = f"{show(on.planned_bytes, 'GB')} each" if row.gpus > 1 else show(room, "GB")
    return f"{show(weights, 'GB')} of weights do not fit on {row.gpus} × {on.label}, {held}"


class Work(NamedTuple):
    """The shortest times of what a server does while it makes one token for each request inside."""

    weight_bytes: float
    weights: float  # seconds to read them
    cache_bytes: float
    cache: float
    products: float  # of the prompts that come meanwhile, and of the new tokens
    attention: float  # of those prompts

    @property
    def seconds(self) -> float:
        """Products hide the reading of their weights; attention runs before or after them."""
        return max(self.weights, self.products) + self.cache + self.attention


def too_fast(row: ServedRow) -> str:
    """Say why a row's time between tokens is below what its labels need."""
    work, on = step_work(row), row_chip(row)
    if work is None or on is None or not row.tpot_seconds or work.seconds <= row.tpot_seconds:
        return ""
    ms = [show(s, "ms") for s in (work.weights, work.cache, work.products, work.attention)]
    place = f"over {row.gpus} × {show(on.hbm_bytes_per_s, 'TB/s')}"
    needs = f"{show(work.weight_bytes, 'GB')} of weights {place} are {ms[0]}, "
    needs += f"{show(work.cache_bytes, 'GB')} of cache {ms[1]}"
    if work.products > work.weights or work.attention > 0.05 * work.seconds:
        needs += f", products of the prompts that come meanwhile {ms[2]}, their attention {ms[3]}"
    return f"{needs}; the row says {show(row.tpot_seconds, 'ms')}"


def step_work(row: ServedRow) -> Work | None:
    """Return the least work of a step by a row's labels; None where they do not say enough.

    A request is inside for its TTFT and then for a TPOT each token, so that by Little's law so many
    of them decode at once, and so many prompts come in the time of a step. Products and attention
    run at the best rate that was ever timed on this chip, weights at its data sheet's bandwidth;
    the talk between GPUs, element-wise kernels and sampling take no time.
    """
    spec, on, tpot = row_model(row), row_chip(row), row.tpot_seconds
    if spec is None or on is None or not tpot or missing(row):
        return None
    decoding = row.output_tokens * tpot
    inside = decoding + (row.ttft_seconds or 0.0)
    batch = row.concurrency * decoding / inside if row.ttft_seconds else 1.0
    prompts = row.concurrency / inside * tpot if row.ttft_seconds else 0.0
    best = best_rates(row.system)
    held = kv_bytes(spec, round(row.prompt_tokens + row.output_tokens / 2), bytes_per_value=1)
    weights = step_weight_bytes(spec, least_bytes(row), max(1, int(batch)))
    head = spec.vocab_size * spec.d_model
    token_flops = flops_per_token(matmul_parameter_count(spec) - head)
    flops = prompts * token_flops * (row.prompt_tokens + row.output_tokens)
    attended = prompts * prefill_attention_flops(spec, round(row.prompt_tokens))
    # The cache of a latent is read by kernels that the tables do not hold.
    cached = best.cached_values_per_s if not spec.kv_lora_rank else on.hbm_bytes_per_s
    return Work(
        weight_bytes=weights,
        weights=weights / row.gpus / on.hbm_bytes_per_s,
        cache_bytes=batch * held * CACHE_BYTES,
        cache=batch * held / row.gpus / (cached or on.hbm_bytes_per_s / CACHE_BYTES),
        products=flops / row.gpus / (_product_rate(best, row.precision) or _peak(on)),
        attention=attended / row.gpus / (best.attention_flops_per_s or on.peak()),
    )


class BestRates(NamedTuple):
    """The best rates that were timed on one chip; 0 where a table has none."""

    flops_per_s: dict[str, float]  # of products, by format
    attention_flops_per_s: float
    cached_values_per_s: float


@cache
def best_rates(system: str) -> BestRates:
    """Return the best rate of any shape in the tables of measured kernels."""
    products: dict[str, float] = defaultdict(float)
    for t in (t for t in gemm_times() if t.system == system):
        products[t.format] = max(products[t.format], 2 * t.tokens * t.n * t.k / t.seconds)
    attended = [
        2 * t.heads * 128 * t.batch * t.tokens**2 / t.seconds
        for t in prefill_attention_times()
        if t.system == system
    ]
    cached = [
        t.heads / 8 * 2 * 128 * t.batch * t.tokens / t.seconds
        for t in decode_attention_times()
        if t.system == system and t.heads / 8 * 2 * 128 * 2 * t.batch * t.tokens > LARGE
    ]
    return BestRates(dict(products), max(attended, default=0.0), max(cached, default=0.0))


def _product_rate(best: BestRates, precision: str) -> float:
    formats = MULTIPLIED.get(precision, tuple(best.flops_per_s))
    return max((best.flops_per_s.get(name, 0.0) for name in formats), default=0.0)


def _peak(on: Chip) -> float:
    return max(on.peak(name) for name in ("bf16", "fp8", "fp4", "int8") if on.has(name))


def least_bytes(row: ServedRow) -> float:
    """Return the fewest bytes that a weight can take in a row's precision."""
    return LEAST_BYTES.get(row.precision, FOUR_BITS)


def model_of(row: ServedRow) -> ModelSpec:
    """Return the model of a row; an unknown one raises KeyError with the closest names."""
    return model_spec(MODEL_OF.get(row.model, row.model))


def chip_of(row: ServedRow) -> Chip:
    """Return the chip of a row, by the table's name or as `chip_named` finds it.

    An unknown one raises KeyError, the beginning of several ValueError.
    """
    return chip_named(CHIP_OF.get(row.system, row.system))


def row_model(row: ServedRow) -> ModelSpec | None:
    """Return the model of a row; None where models.csv has none of its name."""
    try:
        return model_of(row)
    except KeyError:
        return None


def row_chip(row: ServedRow) -> Chip | None:
    """Return the chip of a row; None where no chip, or more than one, has its system's name."""
    try:
        return chip_of(row)
    except (KeyError, ValueError):
        return None
