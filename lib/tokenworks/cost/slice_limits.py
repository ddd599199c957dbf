"""The chips of a slice beyond which its links decide, for a model in its formats."""

from __future__ import annotations

from tokenworks.cost.chip_links import slice_torus
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, physical
from tokenworks.cost.tensor_limits import bandwidth_limit_chips, compute_limit_chips


@physical
def link_limit_chips(on: Deployment, shape: str, batch: Count) -> float:
    """Return the chips beyond which an FFN's messages take longer than its reading and products.

    The links are those of the shape's corner; a gated FFN of three matrices, in the formats of the
    deployment. Source: https://jax-ml.github.io/scaling-book/inference/: the larger of
    `bandwidth_limit_chips` and `compute_limit_chips`, for what takes longer decides.
    """
    rate = slice_torus(on.chip, shape).device_bytes_per_s
    if not rate:
        return 1.0  # one chip has no links, and needs none
    reading = bandwidth_limit_chips(
        on.model.d_ff,
        batch=batch,
        hbm_bytes_per_s=on.chip.hbm_bytes_per_s,
        message_bytes_per_s=rate,
        matrices=3,
        weight_bytes=on.bytes_per_param,
    )
    peak = on.chip.peak(on.arithmetic)
    multiplying = compute_limit_chips(
        on.model.d_ff, flops_per_s=peak, message_bytes_per_s=rate, matrices=3
    )
    return max(reading, multiplying)
