"""In which arithmetic a chip multiplies weights and activations: their two formats decide.

A matrix unit multiplies two operands of one kind. Weights may be widened on their way to it, which
saves memory and no arithmetic (weight-only quantization); activations have to be stored as narrow
as the unit wants them.
"""

from __future__ import annotations

from tokenworks.accelerator import PEAKS, Chip
from tokenworks.specs import number_format

# What two operands of a format are multiplied in, by the names of the chip's rates.
OPERANDS = {
    "fp32": "fp32",
    "bf16": "bf16",
    "fp16": "bf16",
    "fp8": "fp8",
    "mxfp8": "fp8",
    "int8": "int8",
    "mxfp4": "fp4",
    "nvfp4": "fp4",
}
CACHES = ("int8-head128", "int4-head128")  # a scale a token and head: no matrix has those
_FOUR_BITS = {"int4", "int4-g128", "q4_0", "q4_1"}
# The weights that a narrow arithmetic takes in without loss, of which packed ones (a scale a group,
# two to a byte) are multiplied nowhere as they are stored; a wide one takes all, rounded or not.
# Sources: int4 in fp8 https://docs.pytorch.org/ao/main/api_reference/api_ref_quantization.html,
# mxfp4 and nvfp4 in fp8 https://docs.vllm.ai/en/latest/features/quantization/b12x/, int4 in int8
# https://arxiv.org/abs/2405.04532 (QServe, W4A8), int8 in int8 https://arxiv.org/abs/2211.10438,
# int2 in int8 https://arxiv.org/abs/2410.16144 (bitnet.cpp).
WIDENED = {
    "fp8": {"fp8", "mxfp8", "mxfp4", "nvfp4"} | _FOUR_BITS,
    "int8": {"int8", "int8-g128", "q8_0", "int2-g64"} | _FOUR_BITS,
    "fp4": {"mxfp4", "nvfp4"},
}


def engine_activations(weights: str, *, on: Chip) -> str:
    """Return the format of the activations that engines keep beside such weights on this chip.

    Floating-point weights: their own where the chip has a rate for it, else bf16; so FP8 weights
    run at the fp8 rate of an H100 and at the bf16 rate of an A100. Integer weights: bf16, since
    int8 activations cost accuracy and are a choice of their own (W8A8).
    Source: https://docs.vllm.ai/en/stable/features/quantization/fp8/ (W8A8, and W8A16 on Ampere);
    https://docs.vllm.ai/projects/llm-compressor/en/stable/examples/quantization_w4a4_fp4/ (NVFP4);
    https://arxiv.org/abs/2306.00978 (AWQ: 4-bit weights, 16-bit activations).
    """
    name = number_format(weights).name
    floating = name in OPERANDS and name != "int8"
    return name if floating and on.has(OPERANDS[name]) else "bf16"


def arithmetic_of(weights: str, activations: str, *, on: Chip) -> str:
    """Return the arithmetic in which a chip multiplies the two, by the name of its rate.

    What no unit can multiply, and what this chip has no rate for, raises ValueError.
    Source: derived: OPERANDS and WIDENED.
    """
    weights, activations = number_format(weights).name, number_format(activations).name
    if weights in CACHES:
        raise ValueError(f"{weights} is a format of caches: weights have no token and no head")
    if activations not in OPERANDS:
        named = ", ".join(OPERANDS)
        raise ValueError(f"no chip multiplies {activations} activations as they are; take {named}")
    arithmetic = OPERANDS[activations]
    if not _meet(weights, activations):
        taken = ", ".join(name for name in OPERANDS if _meet(weights, name))
        raise ValueError(
            f"{weights} weights cannot be multiplied with {activations} activations: weights are "
            f"only widened, and without loss; take activations in {taken}"
        )
    if not on.has(arithmetic):
        listed = ", ".join(name for name in PEAKS if on.has(name))
        raise ValueError(
            f"no {arithmetic} rate is known for {on.label}, which has {listed}: {activations} "
            f"activations cannot be multiplied there; leave them out, or take bf16"
        )
    return arithmetic


def _meet(weights: str, activations: str) -> bool:
    return weights in WIDENED.get(OPERANDS[activations], (weights,))
