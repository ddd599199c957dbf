"""How long one kernel takes: its work over a rate, and what starting it costs.

A floor divides by the rates of the data sheet. What to *expect* divides by shares of them and adds
a launch: two or three constants, fitted to kernels that were timed (`cost.kernel_constants`).
"""

from __future__ import annotations

from typing import NamedTuple

from tokenworks.cost.domain import Count, Positive, physical


class KernelFormat(NamedTuple):
    """How a matrix kernel stores its operands, and what it multiplies them in."""

    weight_bytes: float  # of one weight, with its share of the scales
    activation_bytes: float
    arithmetic: str  # a rate of the chip: "bf16", "fp8", "fp4"


# By the names that the tables of kernels use. Scales: fp8_block 4 bytes a block of 128 x 128
# weights and a row of 128 activations; nvfp4 one byte for 16 values; mxfp4 one for 32; int4_wo two
# for 128 (https://arxiv.org/abs/2412.19437 section 3.3; https://arxiv.org/abs/2310.10537).
KERNEL_FORMATS = {
    "bfloat16": KernelFormat(2, 2, "bf16"),
    "fp8": KernelFormat(1, 1, "fp8"),
    "fp8_block": KernelFormat(1 + 4 / 128**2, 1 + 4 / 128, "fp8"),
    "nvfp4": KernelFormat(0.5 + 1 / 16, 0.5 + 1 / 16, "fp4"),
    "int8_wo": KernelFormat(1, 2, "bf16"),
    "int4_wo": KernelFormat(0.5 + 2 / 128, 2, "bf16"),
    "w4a16_mxfp4": KernelFormat(0.5 + 1 / 32, 2, "bf16"),
    "w4a8_mxfp4_mxfp8": KernelFormat(0.5 + 1 / 32, 1 + 1 / 32, "fp8"),
}
OUTPUT_BYTES = 2  # matrix kernels write bf16


class Rates(NamedTuple):
    """What a kernel reaches on one chip, and what starting it takes."""

    flops_per_s: float
    bytes_per_s: float
    launch_seconds: float = 0.0


class Work(NamedTuple):
    """What one call of a kernel computes and moves on one chip."""

    flops: float
    bytes: float


class Kernel(NamedTuple):
    """One kernel of a step on one chip, called `calls` times alike; seconds are of one call."""

    name: str
    kind: str  # "matrix", "attention", "experts", "all-reduce" or "element-wise"
    calls: float
    work: Work
    floor_seconds: float
    expected_seconds: float


def matrix_work(tokens: float, n: float, k: float, *, form: KernelFormat) -> Work:
    """Return the work of [tokens, k] times [k, n]: FLOPs, and bytes each read or written once.

    Source: derived: 2·M·N·K; weights, activations and outputs by the width of their values.
    """
    moved = n * k * form.weight_bytes + tokens * (k * form.activation_bytes + n * OUTPUT_BYTES)
    return Work(2.0 * tokens * n * k, moved)


def floor_seconds(work: Work, peak: Rates) -> float:
    """Return what nothing beats: the larger of multiplying and moving at the data sheet's rates.

    Source: https://jax-ml.github.io/scaling-book/roofline/ (the larger of the two times).
    """
    return max(work.flops / peak.flops_per_s, work.bytes / peak.bytes_per_s)


def matrix_seconds(work: Work, rates: Rates) -> float:
    """Return what to expect of a matrix product, or of attention in a decode step.

    Source: derived: the roofline with reached rates, and a launch; fitted in `kernel_constants`.
    """
    return floor_seconds(work, rates) + rates.launch_seconds


def summed_seconds(work: Work, rates: Rates) -> float:
    """Return what to expect of experts or of a prompt's attention: FLOPs, bytes and the launch.

    Routed experts read their weights in many small products, some of which wait for memory while
    others multiply: the two times add up. Source: derived; fitted in `kernel_constants`.
    """
    return work.flops / rates.flops_per_s + work.bytes / rates.bytes_per_s + rates.launch_seconds


@physical
def experts_touched(experts: Count, active: Count, tokens: Positive) -> float:
    """Return the distinct experts that these tokens read when each draws its own evenly.

    One token reads exactly its own. A measured table with balanced routing touches
    min(experts, tokens·active), its upper bound.
    Source: derived: E·(1 - (1 - k/E)^T) (https://arxiv.org/abs/2401.04088).
    """
    return max(active, experts * (1 - (1 - active / experts) ** tokens))
