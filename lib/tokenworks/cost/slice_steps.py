"""A decode step of a dense model on a slice of TPUs: reading, multiplying, and sums over the links.

Two sums a layer go round the slice. Their latency hides: XLA reads the next weights meanwhile, and
a hop's microsecond shows in none of the steps that were measured. Their bytes do not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tokenworks.cost.chip_links import slice_torus
from tokenworks.cost.collectives import all_reduce_seconds
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, physical
from tokenworks.cost.hybrid import ACTIVATION_BYTES, SUMS
from tokenworks.cost.memory import step_weight_bytes
from tokenworks.cost.step_time import decode_flops, kv_read_bytes

# Of what all links of a corner chip carry, the share that sums reach. Fitted to the 16 steps of
# Llama-3.1 70B on 16 TPU v5e that are in `published_runs.csv`; `validate.timed_slices` has the
# error, a test holds both. A half is what one axis at a time, or one way of each ring, would give.
LINK_SHARE = 0.5


@dataclass(frozen=True)
class SliceStep:
    """One step of all sequences: what each chip reads, multiplies, and sends at its links' rate."""

    chips: int
    batch: int
    read_seconds: float
    multiply_seconds: float
    message_seconds: float

    @property
    def floor_seconds(self) -> float:
        """What nothing beats: the longest of the three, the others hidden behind it."""
        return max(self.read_seconds, self.multiply_seconds, self.message_seconds)

    @property
    def expected_seconds(self) -> float:
        """What to expect: messages at the share of the links that they reach, after the rest."""
        working = max(self.read_seconds, self.multiply_seconds)
        return working + self.message_seconds / LINK_SHARE

    @property
    def tokens_per_s_per_chip(self) -> float:
        """Tokens a second of each chip that are to be expected."""
        return self.batch / self.expected_seconds / self.chips


@physical
def slice_step(
    on: Deployment, shape: str, *, batch: Count, context_tokens: Count, replicas: Count = 1
) -> SliceStep:
    """Return a step of a model on `replicas` slices of a shape, the batch dealt out among them.

    Weights, heads and the cache are divided over all chips of a slice, past the KV heads by tokens.
    The deployment says model, chip and formats; its number of chips is the shape's. Replicas that
    do not divide the batch, and shapes that cannot be rented, raise ValueError.
    Source: derived: https://jax-ml.github.io/scaling-book/inference/ and `collectives`.
    """
    if batch % replicas:
        raise ValueError(f"{replicas} replicas do not divide a batch of {batch}")
    torus = slice_torus(on.chip, shape)
    silent = replace(torus, hop_seconds=0.0)
    model, rows = on.model, batch // replicas
    weights = step_weight_bytes(model, on.bytes_per_param, rows)
    cache = rows * kv_read_bytes(replace(on, chips=1), context_tokens)
    flops = rows * decode_flops(model, context_tokens) / torus.devices
    message = rows * model.d_model * ACTIVATION_BYTES
    return SliceStep(
        chips=replicas * torus.devices,
        batch=batch,
        read_seconds=(weights + cache) / torus.devices / on.chip.hbm_bytes_per_s,
        multiply_seconds=flops / on.chip.peak(on.arithmetic),
        message_seconds=SUMS * model.n_layers * all_reduce_seconds(message, silent),
    )
