"""A decode step of a dense model on a slice of TPUs: reading, multiplying, and sums over the links.

Two sums a layer go round the slice. Their latency hides: XLA reads the next weights meanwhile, and
a hop's microsecond shows in none of the steps that were measured. Their bytes do not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tokenworks.architecture import ModelSpec
from tokenworks.cost.chip_links import slice_torus
from tokenworks.cost.collectives import all_reduce_seconds
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, physical
from tokenworks.cost.hybrid import SUMS
from tokenworks.cost.kernel_calls import ACTIVATION_BYTES
from tokenworks.cost.memory import kv_share, step_weight_bytes
from tokenworks.cost.step_time import decode_flops, kv_read_bytes
from tokenworks.cost.topology import Torus

# Of what all links of a corner chip carry, the share that sums reach. Fitted to the 16 steps of
# Llama-3.1 70B on 16 TPU v5e that are in `published_runs.csv`; `validate.timed_slices` has the
# error, a test holds both. A half is what one axis at a time, or one way of each ring, would give.
LINK_SHARE = 0.5
# Of a chip's peak, the share that products of many rows reach. An assumption: what MaxText reaches
# in training on 256 TPU v5e with 64B parameters (59.9 %; 56 to 67 % from 16B to 128B; table of
# https://github.com/AI-Hypercomputer/maxtext, README of 2024). There messages hide; here they are
# added at LINK_SHARE, which is fitted to messages a hundredth as long as a prompt's. Together a
# prompt of 8,192 tokens is expected to reach 38 % of the peak on a 2x4. No decode step that was
# measured is long enough for it to count.
PRODUCT_SHARE = 0.6


@dataclass(frozen=True)
class SliceStep:
    """One step of all sequences: what each chip reads, multiplies, and sends at its links' rate."""

    chips: int
    batch: int
    read_seconds: float
    multiply_seconds: float
    message_seconds: float
    weight_seconds: float = 0.0  # of the reading, what the weights take; the rest is cache

    @property
    def floor_seconds(self) -> float:
        """What nothing beats: the longest of the three, the others hidden behind it."""
        return max(self.read_seconds, self.multiply_seconds, self.message_seconds)

    @property
    def expected_seconds(self) -> float:
        """What to expect: messages at the share of the links that they reach, after the rest.

        The rest is reading, or products at the share of the peak that they reach.
        """
        working = max(self.read_seconds, self.multiply_seconds / PRODUCT_SHARE)
        return working + self.message_seconds / LINK_SHARE

    @property
    def bottleneck(self) -> str:
        """The longest part of the expected time: "weights", "cache", "products" or "messages"."""
        parts = {"messages": self.message_seconds / LINK_SHARE}
        products = self.multiply_seconds / PRODUCT_SHARE
        if products > self.read_seconds:
            parts["products"] = products
        else:
            parts["weights"] = self.weight_seconds
            parts["cache"] = self.read_seconds - self.weight_seconds
        return max(parts, key=parts.__getitem__)

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
    do not divide the batch, shapes that cannot be rented or that the heads do not divide among, and
    models with experts raise ValueError.
    Source: derived: https://jax-ml.github.io/scaling-book/inference/ and `collectives`.
    """
    if batch % replicas:
        raise ValueError(f"{replicas} replicas do not divide a batch of {batch}")
    torus = shared_torus(on, shape)
    model, rows = on.model, batch // replicas
    weights = step_weight_bytes(model, on.bytes_per_param, rows)
    cache = rows * kv_read_bytes(replace(on, chips=1), context_tokens)
    flops = rows * decode_flops(model, context_tokens) / torus.devices
    rate = torus.devices * on.chip.hbm_bytes_per_s
    return SliceStep(
        chips=replicas * torus.devices,
        batch=batch,
        read_seconds=(weights + cache) / rate,
        multiply_seconds=flops / on.chip.peak(on.arithmetic),
        message_seconds=sum_seconds(model, torus, rows),
        weight_seconds=weights / rate,
    )


def shared_torus(on: Deployment, shape: str) -> Torus:
    """Return a slice over which a dense model's heads can be shared; see `slice_step`."""
    torus = slice_torus(on.chip, shape)
    if on.model.n_experts:
        raise ValueError(
            f"{on.model.label} has experts, whose messages are not in this: take a dense model"
        )
    kv_share(on.model, torus.devices)  # refuses heads that cannot be dealt out
    return torus


def sum_seconds(model: ModelSpec, over: Torus, rows: float) -> float:
    """Return both sums of all layers for so many rows, at the links' rate and without latency.

    Source: derived: https://arxiv.org/abs/1909.08053 (two sums a layer).
    """
    message = float(rows * model.d_model * ACTIVATION_BYTES)
    silent = replace(over, hop_seconds=0.0)
    return SUMS * model.n_layers * all_reduce_seconds(message, silent)
