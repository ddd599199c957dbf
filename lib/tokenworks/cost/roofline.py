"""Operations on a roofline: how much arithmetic each byte pays for, and what a chip makes of it."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.architecture import ModelSpec
from tokenworks.cost.attention_flops import attention_flops_per_token
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, NotNegative, Positive, physical
from tokenworks.cost.memory import decode_read_bytes, step_weight_bytes
from tokenworks.cost.step_time import (
    decode_flops,
    decode_parts,
    kv_read_bytes,
    kv_written_bytes,
    prefill_flops,
)
from tokenworks.number import Number

_ENDLESS = 2**40  # sequences; what is not compute-bound at this many never is


@dataclass(frozen=True)
class Operation:
    """Something a chip does: so many operations on so many bytes moved from and to its memory."""

    name: str
    flops: Number
    bytes: Number

    @property
    def intensity(self) -> float:
        """Operations for each byte moved, FLOP/B."""
        return self.flops / self.bytes


@physical
def ridge_intensity(flops_per_s: Positive, bytes_per_s: Positive) -> float:
    """Return the intensity at which a chip's arithmetic and its memory are both busy, FLOP/B.

    Source: https://doi.org/10.1145/1498765.1498785 (Williams et al. 2009: the ridge point).
    """
    return flops_per_s / bytes_per_s


@physical
def attainable_flops_per_s(
    intensity: Positive, *, flops_per_s: Positive, bytes_per_s: Positive
) -> float:
    """Return the most operations per second that an intensity in FLOP/B allows.

    Source: https://doi.org/10.1145/1498765.1498785 (Williams et al. 2009: the roofline).
    """
    return min(flops_per_s, intensity * bytes_per_s)


@physical
def regime(intensity: Positive, ridge: Positive) -> str:
    """Return which roof an operation meets: "memory-bound" below the ridge, else "compute-bound".

    Source: https://doi.org/10.1145/1498765.1498785 (Williams et al. 2009).
    """
    return "memory-bound" if intensity < ridge else "compute-bound"


@physical
def operation_seconds(
    operation: Operation, *, flops_per_s: Positive, bytes_per_s: Positive
) -> float:
    """Return the shortest time of an operation: multiplying or moving, what takes longer.

    Source: https://jax-ml.github.io/scaling-book/roofline/.
    """
    return max(operation.flops / flops_per_s, operation.bytes / bytes_per_s)


@physical
def matmul_operation(
    rows: Count,
    d_in: Count,
    d_out: Count,
    *,
    bytes_per_param: Positive = 2,
    bytes_per_activation: NotNegative = 2,
) -> Operation:
    """Return the product of [rows, d_in] activations with a [d_in, d_out] weight matrix.

    The activations are read and the result is written; 0 bytes for one leaves them out.
    Source: derived: https://jax-ml.github.io/scaling-book/roofline/ (matrix multiplication).
    """
    weights = d_in * d_out * bytes_per_param
    activations = rows * (d_in + d_out) * bytes_per_activation
    name = f"matmul, {rows:,} {'row' if rows == 1 else 'rows'}"
    return Operation(name, 2.0 * rows * d_in * d_out, weights + activations)


@physical
def decode_operation(on: Deployment, context_tokens: Count, *, batch: Count = 1) -> Operation:
    """Return one decode step of a whole model: every sequence sees `context_tokens` tokens.

    Source: derived: decode_flops; weights once for all, a cache for each.
    """
    weights = step_weight_bytes(on.model, on.bytes_per_param, batch)
    moved = weights + batch * kv_read_bytes(on, context_tokens)
    return Operation(f"decode, B={batch}", batch * decode_flops(on.model, context_tokens), moved)


@physical
def prefill_operation(on: Deployment, prompt_tokens: Count, *, batch: Count = 1) -> Operation:
    """Return the prefill of `batch` prompts of one length: attention's quadratic part included.

    Source: derived: prefill_flops; weights read once, the caches written.
    """
    weights = step_weight_bytes(on.model, on.bytes_per_param, batch * prompt_tokens)
    moved = weights + batch * kv_written_bytes(on, prompt_tokens)
    flops = batch * prefill_flops(on.model, prompt_tokens)
    return Operation(f"prefill, {prompt_tokens} tokens", flops, moved)


@physical
def attention_operation(
    spec: ModelSpec, tokens: Count, *, flash: bool, bytes_per_value: Positive = 2
) -> Operation:
    """Return one layer's attention over a prompt, without a mask: QKᵀ, softmax, PV.

    Naive attention writes the scores and reads them, writes the probabilities and reads them.
    `flash` moves queries, keys, values and the result once: a floor, real tiles re-read keys and
    values. The softmax's own operations are not counted. A model whose indexer chooses what a
    query reads raises ValueError; of a hybrid it is a layer that attends.
    Source: https://arxiv.org/abs/2205.14135 (algorithm 0 and theorem 2).
    """
    if spec.d_index:
        raise ValueError(f"{spec.label} attends to chosen tokens: the full square is not computed")
    H, K, width = spec.n_heads, spec.n_kv_heads, spec.head_width
    moved = (H + K) * width * tokens
    if not flash:
        moved += 4 * H * tokens * tokens
    name = "attention, flash" if flash else "attention, naive"
    return Operation(name, 2.0 * H * width * tokens * tokens, float(moved * bytes_per_value))


@physical
def decode_attention_operation(
    spec: ModelSpec, context_tokens: Count, *, bytes_per_value: Positive = 2
) -> Operation:
    """Return the attention of one new token in all layers: its cache is read once.

    Source: derived: attention_flops_per_token and decode_read_bytes.
    """
    moved = decode_read_bytes(spec, context_tokens, bytes_per_value=bytes_per_value)
    return Operation("attention, decode", attention_flops_per_token(spec, context_tokens), moved)


@physical
def decode_intensity_limit(on: Deployment, context_tokens: Count) -> float:
    """Return the intensity that decode approaches as the batch grows without end, FLOP/B.

    The weights are shared until they no longer count; each sequence still reads its own cache.
    Source: derived: the limit of decode_operation's intensity.
    """
    return decode_flops(on.model, context_tokens) / kv_read_bytes(on, context_tokens)


@physical
def critical_batch(
    bytes_per_param: Positive, flops_per_s: Positive, bytes_per_s: Positive
) -> float:
    """Return the batch at which multiplying by weights takes as long as reading them.

    Source: https://jax-ml.github.io/scaling-book/inference/ (critical batch size, no cache).
    """
    return bytes_per_param * flops_per_s / (2 * bytes_per_s)


@physical
def critical_batch_at(on: Deployment, context_tokens: Count) -> int | None:
    """Return the smallest batch at which a decode step is compute-bound at this context.

    None where no batch is: to read a sequence's cache takes at least as long as its arithmetic.
    Source: derived: decode_parts, by bisection.
    """

    def bound(batch: int) -> bool:
        parts = decode_parts(on, context_tokens, batch=batch)
        return parts.matmul + parts.attention >= parts.weights + parts.kv

    high = 1
    while not bound(high):
        if high > _ENDLESS:
            return None
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if bound(middle) else (middle, high)
    return high
