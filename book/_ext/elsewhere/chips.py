"""Memories, peaks and the batches at which arithmetic takes over."""

from book._ext.elsewhere.entry import Entry
from tokenworks import chip, model_spec, worked
from tokenworks.cost import (
    Deployment,
    critical_batch,
    decode_intensity_limit,
    kv_bytes,
    ridge_intensity,
)
from tokenworks.data import levels
from tokenworks.worked_number import Worked

V5E, A100 = chip("tpu-v5e"), chip("a100-80gb")
SEVEN = Deployment(model_spec("llama-2-7b"), A100)
INSIDE = levels("h100-sxm")


def step(literal: str, near: int, far: int) -> Worked:
    """Work out how many times as fast one memory is as another one further out."""
    rates = {
        "near_bytes_per_s": INSIDE[near].bytes_per_s,
        "far_bytes_per_s": INSIDE[far].bytes_per_s,
    }
    return worked(literal, "near_bytes_per_s / far_bytes_per_s", **rates)


def critical(width: int, arithmetic: str) -> float:
    """Return the batch at which reading a weight of v5e takes as long as using it."""
    return critical_batch(width, V5E.peak(arithmetic), V5E.hbm_bytes_per_s)


ENTRIES = (
    Entry(
        said="Each memory of a chip is ten times as fast as the next one out.",
        premise="An H100, from its registers to the host's memory. Some rates are derived and some "
        "measured, so the steps are rough.",
        slip="One round number for different steps.",
        right="The steps are 12.0×, 6.1×, 1.6× and 53.2×. Near ten is a gap with a level skipped: "
        "L1 and shared memory read 10.0× as fast as HBM.",
        chapter="roofline#the-distance-of-a-byte",
        numbers=(
            *(step(text, i, i + 1) for i, text in enumerate(("12.0×", "6.1×", "1.6×", "53.2×"))),
            step("10.0×", 1, 3),
        ),
    ),
    Entry(
        said="The critical batch of a TPU v5e is 240 in bf16, 120 in int8, and 60 for a small "
        "model in int8, since the chip also computes in bf16.",
        premise="The batch at which reading a weight takes as long as using it; matrices alone.",
        slip="The size of the model is not in the formula, and the third figure halves for the "
        "same reason twice.",
        right=f"It is {critical(2, 'bf16'):.0f} for weights and arithmetic in bf16, "
        f"{critical(1, 'bf16'):.0f} for 8-bit weights widened to bf16, {critical(1, 'int8'):.0f} "
        "where the arithmetic is int8 as well, for a model of any size. A batch of 29 with 8-bit "
        "weights keeps the arithmetic 24 % busy at best.",
        chapter="roofline#the-critical-batch",
        numbers=(worked("24 %", "batch / critical", batch=29, critical=critical(1, "bf16")),),
    ),
    Entry(
        said="A 7B model on an A100 is compute-bound from batch 128 on.",
        premise="Llama-2 7B in bf16 with 2,048 tokens of context, on an A100 of the 80 GB kind.",
        slip="The caches are left out, of what is read and of what must be held.",
        right="With caches of this size the intensity never exceeds 13 FLOP/B, however large the "
        "batch; the ridge is at 153 FLOP/B. And the caches of 128 such conversations take 137 GB.",
        chapter="roofline#the-critical-batch",
        numbers=(
            worked("13 FLOP/B", decode_intensity_limit, on=SEVEN, context_tokens=2048),
            worked(
                "153 FLOP/B",
                ridge_intensity,
                flops_per_s=SEVEN.flops_per_s,
                bytes_per_s=SEVEN.bytes_per_s,
            ),
            worked(
                "137 GB",
                "batch * kv_bytes",
                batch=128,
                kv_bytes=kv_bytes(SEVEN.model, 2048, bytes_per_value=2),
            ),
        ),
    ),
)
