"""The timed kernels of `data/silicon/` as arrays, for `benchmarks.fit_kernels`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from tokenworks.cost.kernels import KERNEL_FORMATS, matrix_work
from tokenworks.data import silicon
from tokenworks.specs import chip, model_spec

Array = NDArray[np.float64]
PARTS = 6  # of the shapes, each left out of a fit once
MOE_MODELS = {
    "DeepSeek-V3": "deepseek-v3",
    "Kimi-K2": "kimi-k2.5",
    "Mixtral-8x7B": "mixtral-8x7b",
    "Qwen3-235B": "qwen3-235b-a22b",
    "gpt-oss-120b": "gpt-oss-120b",
}
GROUP, D_HEAD = 8, 128  # query heads of a KV head, and their width, in the attention tables
LONGEST_MESSAGE = 2**26  # bytes; engines send no larger ones


class Points:
    """Timed kernels as arrays: ideal seconds of multiplying and of moving, and the time taken."""

    def __init__(self, rows: Sequence[tuple[float, float, float, Hashable]]) -> None:
        self.flops, self.bytes, self.taken = (
            np.array([row[i] for row in rows], dtype=np.float64) for i in range(3)
        )
        shapes = list(dict.fromkeys(row[3] for row in rows))
        part = {shape: i % PARTS for i, shape in enumerate(shapes)}
        self.part = np.array([part[row[3]] for row in rows])

    def chosen(self, mask: NDArray[np.bool_]) -> Points:
        """Return the points where the mask is set."""
        some = Points([])
        some.flops, some.bytes, some.taken = self.flops[mask], self.bytes[mask], self.taken[mask]
        some.part = self.part[mask]
        return some


def gemm_points() -> dict[tuple[str, str, str], Points]:
    """Return the matrix products by chip, format and library."""
    rows: dict[tuple[str, str, str], list[tuple[float, float, float, Hashable]]]
    rows = defaultdict(list)
    for row in silicon.gemm_times():
        on, form = chip(silicon.CHIP_OF[row.system]), KERNEL_FORMATS[row.format]
        work = matrix_work(row.tokens, row.n, row.k, form=form)
        ideal = work.flops / on.peak(form.arithmetic), work.bytes / on.hbm_bytes_per_s
        rows[on.name, row.format, row.framework].append((*ideal, row.seconds, (row.n, row.k)))
    return {key: Points(found) for key, found in rows.items()}


def attention_points(*, decode: bool) -> dict[tuple[str, str, str], Points]:
    """Return attention in decode steps, or over prompts, by chip and format of the cache."""
    rows: dict[tuple[str, str, str], list[tuple[float, float, float, Hashable]]]
    rows = defaultdict(list)
    times = silicon.decode_attention_times() if decode else silicon.prefill_attention_times()
    for row in times:
        on, kv_heads = chip(silicon.CHIP_OF[row.system]), row.heads / GROUP
        width = 1 if row.format == "fp8" else 2
        read = row.batch * row.tokens * kv_heads * 2 * D_HEAD * width
        pairs = row.batch * row.tokens * (1 if decode else (row.tokens + 1) / 2)
        flops = 4 * row.heads * D_HEAD * pairs
        ideal = flops / on.peak("bf16"), read / on.hbm_bytes_per_s
        rows[on.name, row.format, ""].append((*ideal, row.seconds, (row.heads, row.batch)))
    return {key: Points(found) for key, found in rows.items()}


def moe_points() -> dict[tuple[str, str, str], Points]:
    """Return routed experts with balanced routing by chip, format and library."""
    rows: dict[tuple[str, str, str], list[tuple[float, float, float, Hashable]]]
    rows = defaultdict(list)
    for row in silicon.moe_times():
        if row.distribution != "balanced":
            continue
        on, form = chip(silicon.CHIP_OF[row.system]), KERNEL_FORMATS[row.format]
        model = model_spec(MOE_MODELS[row.model])
        active = model.n_experts_active
        one = 3 * model.d_model * model.d_ff_expert / row.tp
        touched = min(model.n_experts, row.tokens * active) / row.ep
        flops = 2 * row.tokens * active * one / row.ep
        ideal = (
            flops / on.peak(form.arithmetic),
            touched * one * form.weight_bytes / on.hbm_bytes_per_s,
        )
        shape = (row.model, row.tp, row.ep)
        rows[on.name, row.format, row.framework].append((*ideal, row.seconds, shape))
    return {key: Points(found) for key, found in rows.items()}


def message_points() -> dict[tuple[str, str, int], Points]:
    """Return all-reduces by chip, library and chips; bytes are those that a ring sends."""
    rows: dict[tuple[str, str, int], list[tuple[float, float, float, Hashable]]]
    rows = defaultdict(list)
    for row in silicon.all_reduce_times():
        if row.bytes <= LONGEST_MESSAGE:
            ring = 2 * (row.chips - 1) / row.chips * row.bytes
            key = silicon.CHIP_OF[row.system], row.implementation, row.chips
            rows[key].append((0.0, ring, row.seconds, row.bytes))
    return {key: Points(found) for key, found in rows.items()}
