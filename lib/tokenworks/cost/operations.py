"""The operations of inference by name and precision: what a roofline explorer places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tokenworks.accelerator import Chip
from tokenworks.cost.arithmetic import OPERANDS
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, Positive, physical
from tokenworks.cost.roofline import (
    Operation,
    attainable_flops_per_s,
    attention_operation,
    decode_attention_operation,
    decode_operation,
    matmul_operation,
    operation_seconds,
    prefill_operation,
    ridge_intensity,
)
from tokenworks.specs import chip, model_spec, number_format

SIDE = 8192  # of the matrix, where no other one is asked for
ATTENTION_OF = "llama-3-70b"
ANY_CHIP = "h100-sxm"  # operations and bytes are the same on every chip


@dataclass(frozen=True)
class Precision:
    """The formats of weights, of cache and activations in memory, and of activations multiplied."""

    label: str
    weights: str
    values: str
    activations: str

    @property
    def arithmetic(self) -> str:
        """What the activations are multiplied in."""
        return OPERANDS[self.activations]


@dataclass(frozen=True)
class Choice:
    """An operation that can be chosen, what it needs, and a sentence on what it is."""

    label: str
    model: str | None
    note: str


PRECISIONS = {
    "bf16": Precision("bf16 throughout", "bf16", "bf16", "bf16"),
    "fp8": Precision("fp8 throughout", "fp8", "fp8", "fp8"),
    "int8": Precision("int8 throughout", "int8", "int8", "int8"),
    "fp4": Precision("NVFP4 weights, fp8 cache, fp4 arithmetic", "nvfp4", "fp8", "nvfp4"),
    "int4": Precision("int4 weights only, bf16 the rest", "int4-g128", "bf16", "bf16"),
}
DECODE = "One token for each sequence of the batch; every sequence has this context."
PREFILL = "Prompts of this length; all tokens of a prompt in one pass."
ONE_LAYER = "One layer of Llama-3 70B over whole prompts, without a mask. A larger batch brings "
ONE_LAYER += "its own scores, keys and values: the point stays."
CHOICES = {
    "decode-8b": Choice("Decode step, Llama-3 8B", "llama-3-8b", DECODE),
    "decode-70b": Choice("Decode step, Llama-3 70B", "llama-3-70b", DECODE),
    "prefill-8b": Choice("Prefill, Llama-3 8B", "llama-3-8b", PREFILL),
    "prefill-70b": Choice("Prefill, Llama-3 70B", "llama-3-70b", PREFILL),
    "attention-decode": Choice(
        "Attention of a decode step",
        None,
        "All layers of Llama-3 70B. Each sequence reads its own cache: the point stays, "
        "whatever the batch.",
    ),
    "attention-naive": Choice("Attention, naive, of a prompt", None, ONE_LAYER),
    "attention-flash": Choice("Attention, flash, of a prompt", None, ONE_LAYER),
    "matmul": Choice(
        "One weight matrix",
        None,
        "A row for each token times one matrix: every row comes in and its result goes out, in the "
        "format of the activations.",
    ),
}


@physical
@cache
def operation_at(
    operation: str,
    precision: str,
    *,
    batch: Count = 1,
    context_tokens: Count = 4096,
    d_in: Count = SIDE,
    d_out: Count = SIDE,
) -> Operation:
    """Return the operations and bytes of a choice; the attentions grow with the batch in both.

    `d_in` and `d_out` are those of the one weight matrix, which has a row for each of the batch.
    An unknown operation or precision raises KeyError.
    Source: derived: the functions of cost.roofline at the formats of the precision.
    """
    if operation not in CHOICES:
        raise KeyError(f"no operation {operation!r}; known: {', '.join(CHOICES)}")
    kind, _, size = operation.partition("-")
    formats = _formats(precision)
    value = number_format(formats.values).bytes_per_value
    if kind == "matmul":
        weight = number_format(formats.weights).bytes_per_value
        return matmul_operation(
            batch, d_in, d_out, bytes_per_param=weight, bytes_per_activation=value
        )
    if kind == "attention":
        spec = model_spec(ATTENTION_OF)
        if size == "decode":
            one = decode_attention_operation(spec, context_tokens, bytes_per_value=value)
        else:
            one = attention_operation(
                spec, context_tokens, flash=size == "flash", bytes_per_value=value
            )
        return Operation(one.name, batch * one.flops, batch * one.bytes)
    spec, anywhere = model_spec(f"llama-3-{size}"), chip(ANY_CHIP)
    on = Deployment(spec, anywhere, weights=formats.weights, kv=formats.values)
    step = decode_operation if kind == "decode" else prefill_operation
    return step(on, context_tokens, batch=batch)


def chip_rates(on: Chip, precision: str) -> dict[str, float]:
    """Return what one chip does at a precision.

    One that the chip lacks raises ValueError, an unknown one KeyError.
    Source: the table of chips.
    """
    peak = on.peak(_formats(precision).arithmetic)
    return {"flops_per_s": peak, "bytes_per_s": on.hbm_bytes_per_s}


def _formats(precision: str) -> Precision:
    if precision not in PRECISIONS:
        raise KeyError(f"no precision {precision!r}; known: {', '.join(PRECISIONS)}")
    return PRECISIONS[precision]


@physical
def explore(
    operation: Operation, *, flops_per_s: Positive, bytes_per_s: Positive
) -> dict[str, float]:
    """Return an operation under a roof: intensity, ridge, attainable FLOP/s, seconds, share.

    Source: https://doi.org/10.1145/1498765.1498785 (Williams et al. 2009).
    """
    attainable = attainable_flops_per_s(
        operation.intensity, flops_per_s=flops_per_s, bytes_per_s=bytes_per_s
    )
    return {
        "flops": operation.flops,
        "bytes": operation.bytes,
        "intensity": operation.intensity,
        "ridge": ridge_intensity(flops_per_s, bytes_per_s),
        "attainable": attainable,
        "seconds": operation_seconds(operation, flops_per_s=flops_per_s, bytes_per_s=bytes_per_s),
        "share": attainable / flops_per_s,
    }
