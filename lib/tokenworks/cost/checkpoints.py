"""Which part of a published checkpoint is stored in which format, and how an engine runs it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.data.rows import load_rows

# A precision without a row of its own for the model: all matrices alike.
EVERYWHERE = {
    "bf16": "bfloat16",
    "fp8": "fp8",
    "fp4": "nvfp4",
    "int8": "int8_wo",
    "int4": "int4_wo",
}
# The kernels for weights of a format in an arithmetic, by both names. FP8 weights beside 16-bit
# activations have none of their own here: they move the bytes of int8 ones.
MULTIPLIED = {
    ("bf16", "bf16"): "bfloat16",
    ("fp16", "bf16"): "bfloat16",
    ("fp8", "fp8"): "fp8",
    ("fp8", "bf16"): "int8_wo",
    ("int8", "bf16"): "int8_wo",
    ("int8-g128", "bf16"): "int8_wo",
    ("int4", "bf16"): "int4_wo",
    ("int4-g128", "bf16"): "int4_wo",
    ("nvfp4", "fp4"): "nvfp4",
    ("mxfp4", "bf16"): "w4a16_mxfp4",
    ("mxfp4", "fp8"): "w4a8_mxfp4_mxfp8",
}
UNKNOWN = "unk"  # a row that does not say: 16 bits, as a checkpoint is without a word


@dataclass(frozen=True)
class Checkpoint:
    """One published checkpoint: the kernel format of each part, and of the cache if it says."""

    name: str
    model: str
    precision: str
    source: str
    accessed: str
    attention: str = "bfloat16"
    dense: str = "bfloat16"
    experts: str = "bfloat16"
    cache: str = ""
    note: str = ""


def checkpoint(model: str, precision: str) -> Checkpoint:
    """Return how a model's checkpoint in this precision stores its parts.

    A model without a row of that precision has all matrices in its plain format; an unknown
    precision raises ValueError.
    """
    table = load_rows(Checkpoint, "checkpoints.csv")
    known = table.get(f"{model}-{precision}")
    if known is not None:
        return known
    if precision == UNKNOWN:
        precision = "bf16"
    if precision not in EVERYWHERE:
        listed = ", ".join((*EVERYWHERE, UNKNOWN))
        raise ValueError(f"precision {precision!r} is not known; known: {listed}")
    form = EVERYWHERE[precision]
    return Checkpoint("", model, precision, "", "", form, form, form, note="all matrices alike")


def engine_plan(on: Deployment, *, engine: str = "vllm") -> ServingPlan:
    """Return a deployment as an engine runs it: what its expected times are computed from.

    All matrices are in the deployment's format, but for embedding, output matrix and vectors. Its
    shares of the data sheet are not used: the constants of the kernels stand in for them. A format
    without timed kernels raises ValueError.
    """
    form = MULTIPLIED.get((on.weights, on.arithmetic))
    if form is None:
        known = ", ".join(" in ".join(pair) for pair in MULTIPLIED)
        raise ValueError(
            f"no kernel multiplies {on.weights} weights in {on.arithmetic} here, so there is no "
            f"expected time; known: {known}"
        )
    return ServingPlan(
        on.model,
        on.chip,
        on.chips,
        engine=engine,
        attention=form,
        dense=form,
        experts=form,
        cache="bf16" if on.kv == "fp16" else on.kv,
    )


def served_plan(
    model: ModelSpec,
    on: Chip,
    chips: int,
    *,
    engine: str,
    precision: str,
    cache: str | None = None,
    expert_parallel: int = 1,
    attention_data_parallel: int = 1,
) -> ServingPlan:
    """Return a checkpoint on chips as an engine runs it; what cannot be raises ValueError.

    Three habits of engines are assumed where a row does not say: mxfp4 experts are multiplied in
    mxfp8 where the chip has fp4 units, in bf16 elsewhere (gpt-oss recipe of vLLM); TensorRT-LLM
    keeps the cache in fp8 beside fp8 weights; vLLM and SGLang keep it in 16 bits ("auto",
    https://docs.vllm.ai/en/latest/features/quantization/quantized_kvcache/), but on chips with
    fp4 units the published recipes of these measurements ask for fp8.
    """
    parts = checkpoint(model.name, precision)
    newer = on.has("fp4")
    if parts.experts == "w4a16_mxfp4" and newer:
        parts = replace(parts, experts="w4a8_mxfp4_mxfp8")
    narrow = parts.attention in ("fp8", "fp8_block", "nvfp4") or parts.cache == "fp8"
    if cache is None:
        cache = "fp8" if narrow and (engine == "trtllm" or newer) else "bf16"
    return ServingPlan(
        model,
        on,
        chips,
        engine=engine,
        attention=parts.attention,
        dense=parts.dense,
        experts=parts.experts,
        cache=cache,
        expert_parallel=expert_parallel,
        attention_data_parallel=attention_data_parallel,
    )
