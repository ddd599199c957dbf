"""Layers that keep a state instead of a cache: as large at the first token as at the last.

Each function returns the parts of one layer. Shapes follow vLLM: a convolution keeps kernel - 1
positions, where transformers keeps one more. A recurrent state is counted in float32, as SGLang
and transformers hold it (https://github.com/sgl-project/sglang, srt/configs/mamba_utils.py).
Source: https://github.com/vllm-project/vllm/blob/02d710837549a368073552333f66d714477415d2/vllm/
model_executor/layers/mamba/mamba_utils.py (MambaStateShapeCalculator).
"""

from __future__ import annotations

from collections.abc import Callable

from tokenworks.configs.reading import HEADS, WIDTH, Keys
from tokenworks.layer_cache import StatePart
from tokenworks.number import shown

States = tuple[StatePart, ...]
WIDTHS = {"float32": 4, "fp32": 4, "bfloat16": 2, "float16": 2}
SINGLE = (
    "a recurrent state is counted in float32, as SGLang and transformers hold it; vLLM holds it in "
    "the model's own type, half as much, unless --mamba-ssm-cache-dtype says otherwise"
)
CONVOLUTION_BYTES = 2  # in the model's own 16-bit type


def gated_delta(keys: Keys) -> States:
    """Gated DeltaNet (Qwen3-Next): a matrix a value head, and a convolution over q, k and v."""
    return delta_rule(
        keys,
        k_heads=keys.required("linear_num_key_heads"),
        v_heads=keys.required("linear_num_value_heads"),
        k=keys.required("linear_key_head_dim"),
        v=keys.required("linear_value_head_dim"),
        kernel=keys.required("linear_conv_kernel_dim"),
    )


def delta_rule(keys: Keys, *, k_heads: int, v_heads: int, k: int, v: int, kernel: int) -> States:
    """Return a matrix of k x v a value head, and a convolution over q, k and v."""
    return (
        recurrent(keys, "delta-rule state", v_heads * k * v),
        convolution(2 * k_heads * k + v_heads * v, kernel),
    )


def kimi_delta(heads: str, size: str, kernel: str) -> Callable[[Keys], States]:
    """Kimi Delta Attention: a matrix a head, and a convolution over q, k and v."""

    def parts(keys: Keys) -> States:
        n, d, width = keys.required(heads), keys.required(size), keys.required(kernel)
        kept = recurrent(keys, "delta-rule state", n * d * d, always=True)  # in vLLM, too
        return kept, convolution(3 * n * d, width)

    return parts


def lightning(keys: Keys) -> States:
    """Lightning attention (MiniMax, Ring): a matrix a query head, no convolution."""
    heads, size = keys.required(*HEADS), keys.integer("head_dim")
    size = size or keys.required(*WIDTH) // heads
    return (recurrent(keys, "linear-attention state", heads * size * size),)


def mamba1(expand: str, state: str, kernel: str) -> Callable[[Keys], States]:
    """Mamba: `state` values and a convolution for each of expand x width channels."""

    def parts(keys: Keys) -> States:
        inner = keys.integer("intermediate_size") if expand == "expand" else None
        inner = inner or keys.required(expand) * keys.required(*WIDTH)
        return (
            recurrent(keys, "Mamba state", inner * keys.required(state)),
            convolution(inner, keys.required(kernel)),
        )

    return parts


def mamba2(
    *, heads: str, size: str, state: str, groups: str, kernel: str, expand: str = "mamba_expand"
) -> Callable[[Keys], States]:
    """Mamba-2: a matrix a head, and a convolution over the input, B and C."""

    def parts(keys: Keys) -> States:
        n, d_state = keys.required(heads), keys.required(state)
        if keys.raw(size) in (None, "auto"):
            d = keys.required(expand) * keys.required(*WIDTH) // n
        else:
            d = keys.required(size)
        return (
            recurrent(keys, "Mamba-2 state", n * d * d_state),
            convolution(n * d + 2 * keys.required(groups) * d_state, keys.required(kernel)),
        )

    return parts


def short_convolution(keys: Keys) -> States:
    """LFM2's gated convolution over the layer's width."""
    return (convolution(keys.required(*WIDTH), keys.required("conv_L_cache")),)


def gated_recurrence(keys: Keys) -> States:
    """Griffin's RG-LRU (RecurrentGemma): one value a channel, and a convolution."""
    width = keys.integer("lru_width") or keys.required(*WIDTH)
    kernel = keys.integer("conv1d_width") or 4
    return recurrent(keys, "recurrent state", width), convolution(width, kernel)


def recurrent(keys: Keys, what: str, values: int, *, always: bool = False) -> StatePart:
    """Return a recurrent state: float32 unless the config says otherwise, noted; or `always`."""
    name = "mamba_ssm_cache_dtype" if keys.raw("mamba_ssm_cache_dtype") else "mamba_ssm_dtype"
    said = keys.raw(name)
    if not said and not always:
        keys.note(SINGLE)
    said = said or "float32"
    if not isinstance(said, str) or said not in WIDTHS:
        raise ValueError(f"{name} {shown(said)} is not known here; known: {', '.join(WIDTHS)}")
    return StatePart(what=what, values=values, bytes_per_value=WIDTHS[said])


def convolution(channels: int, kernel: int) -> StatePart:
    """Return the last inputs that a causal convolution keeps, one fewer than its kernel."""
    values = channels * (kernel - 1)
    return StatePart(what="convolution", values=values, bytes_per_value=CONVOLUTION_BYTES)
