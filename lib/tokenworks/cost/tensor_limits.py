"""How many chips can share a layer before messages, and no longer arithmetic or memory, decide.

More chips halve the work of each and leave the message as it is. The two limits are for one matrix
pair: D x F up, F x D down, with activations of B x D gathered before and scattered after.
"""

from __future__ import annotations

from tokenworks.cost.domain import Count, Positive, physical
from tokenworks.cost.topology import Torus

PASSES = 2  # the activations go round twice: an all-gather and a reduce-scatter, or an all-reduce
FLOPS = 2  # a multiplication and an addition for each weight


@physical
def compute_limit_chips(
    d_ff: Count,
    *,
    flops_per_s: Positive,
    message_bytes_per_s: Positive,
    matrices: Count = 2,
    activation_bytes: Positive = 2,
) -> float:
    """Return the chips beyond which messages take longer than multiplying, at a large batch.

    `message_bytes_per_s` is what a chip sends over all axes in use (`Torus.device_bytes_per_s`);
    a gated FFN has three matrices. The batch and D drop out.
    Source: https://jax-ml.github.io/scaling-book/inference/: n_axes · F / (C / W) for two matrices
    in bf16, with W of both ways round.
    """
    multiplying = matrices * FLOPS * d_ff / flops_per_s  # for each row and column of D, times chips
    return multiplying * message_bytes_per_s / (PASSES * activation_bytes)


@physical
def bandwidth_limit_chips(
    d_ff: Count,
    *,
    batch: Count,
    hbm_bytes_per_s: Positive,
    message_bytes_per_s: Positive,
    matrices: Count = 2,
    weight_bytes: Positive = 2,
    activation_bytes: Positive = 2,
) -> float:
    """Return the chips beyond which messages take longer than reading weights, at a small batch.

    Source: https://jax-ml.github.io/scaling-book/inference/: F / (B · beta) for two matrices with
    weights as wide as activations, beta = HBM over ICI bandwidth.
    """
    reading = matrices * weight_bytes * d_ff / hbm_bytes_per_s
    return reading * message_bytes_per_s / (PASSES * activation_bytes * batch)


@physical
def latency_limit_seconds(layers: Count, over: Torus, *, sums: Count = 2) -> float:
    """Return what the hops of all sums of a step add up to, however small the sums are.

    They hide behind reading where weights are fetched ahead: `slice_steps` has steps that were
    measured, in which they do not show.

    Source: derived: two passes of each all-reduce over the hops of the slice.
    """
    return layers * sums * PASSES * over.hops * over.hop_seconds
