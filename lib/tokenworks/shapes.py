"""What a model's weights are: every tensor's name and shape, family by family.

The one description: the code that runs a model and the formulas that count its bytes both read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenworks.architecture import AttentionSpec, ModelSpec

Shapes = dict[str, tuple[int, ...]]


def is_moe_layer(spec: ModelSpec, layer: int) -> bool:
    """Tell whether this layer routes its tokens to experts."""
    sparse = spec.n_experts > 0 and layer >= spec.n_dense_layers
    return bool(sparse and (layer + 1) % spec.moe_layer_period == 0)


def moe_layer_count(spec: ModelSpec) -> int:
    """Return how many layers route their tokens to experts."""
    return sum(is_moe_layer(spec, i) for i in range(spec.n_layers))


def is_linear_layer(spec: AttentionSpec, layer: int) -> bool:
    """Tell whether this layer keeps a state of one size instead of keys and values."""
    period = spec.full_attention_period
    return bool(period and (layer + 1) % period)


def attending_windows(spec: AttentionSpec) -> list[int | None]:
    """Return the window of each layer that keeps keys and values, None where it sees everything."""
    attending = (i for i in range(spec.n_layers) if not is_linear_layer(spec, i))
    return [layer_window(spec, i) for i in attending]


def layer_window(spec: AttentionSpec, layer: int) -> int | None:
    """Return how many tokens this layer looks back, None for all of them."""
    if spec.layer_windows:
        return spec.layer_windows[layer]
    period = spec.global_layer_period
    return None if period and (layer + 1) % period == 0 else spec.window_tokens


def weight_shapes(spec: ModelSpec) -> Shapes:
    """Return every weight tensor's name and shape; matrices are [out, in]."""
    V, M = spec.vocab_size, spec.d_model
    shapes: Shapes = {"embed": (V, M)}
    for layer in range(spec.n_layers):
        for name, shape in layer_shapes(spec, layer).items():
            shapes[f"layers.{layer}.{name}"] = shape
    shapes |= _norm("final_norm", spec)
    if not spec.tied_embeddings:
        shapes["lm_head"] = (V, M)
    if spec.head_bias:
        shapes["lm_head_bias"] = (V,)
    return shapes


def layer_shapes(spec: ModelSpec, layer: int) -> Shapes:
    """Return the shapes of one layer, without the `layers.i.` prefix."""
    shapes = _norm("attn_norm", spec)
    if is_linear_layer(spec, layer):
        shapes |= _linear_shapes(spec)
    else:
        shapes |= _mla_shapes(spec) if spec.kv_lora_rank else _attention_shapes(spec)
    if spec.post_norms:
        shapes |= _norm("post_attn_norm", spec)
    if not spec.parallel_block:
        shapes |= _norm("ffn_norm", spec)
    moe = is_moe_layer(spec, layer)
    shapes |= _moe_shapes(spec) if moe else _ffn_shapes(spec, spec.d_ff)
    return shapes | (_norm("post_ffn_norm", spec) if spec.post_norms else {})


def _norm(name: str, spec: ModelSpec) -> Shapes:
    bias: Shapes = {f"{name}_bias": (spec.d_model,)} if spec.norm_kind == "layer" else {}
    return {name: (spec.d_model,), **bias}


def _attention_shapes(spec: ModelSpec) -> Shapes:
    M, H, D = spec.d_model, spec.n_heads, spec.d_head
    q, kv = H * D, spec.n_kv_heads * D
    shapes: Shapes = {"wq": (q, M), "wk": (kv, M), "wv": (kv, M), "wo": (M, q)}
    if spec.attention_bias or spec.qkv_bias:
        shapes |= {"bq": (q,), "bk": (kv,), "bv": (kv,)}
    if spec.attention_bias:
        shapes["bo"] = (M,)
    if spec.attention_gate:
        shapes["wq_gate"] = (q, M)
    if spec.qk_norm:
        shapes |= {"q_norm": (D,), "k_norm": (D,)}
    elif spec.qk_norm_wide:
        shapes |= {"q_norm": (q,), "k_norm": (kv,)}
    return shapes | ({"sinks": (H,)} if spec.attention_sinks else {})


def _mla_shapes(spec: ModelSpec) -> Shapes:
    M, H, q, c = spec.d_model, spec.n_heads, spec.q_lora_rank, spec.kv_lora_rank
    nope, rope, v = spec.d_head_nope, spec.d_head_rope, spec.d_head_v
    queries: Shapes = {"wq_a": (q, M), "q_a_norm": (q,), "wq_b": (H * (nope + rope), q)}
    return {
        **(queries if q else {"wq": (H * (nope + rope), M)}),
        "wkv_a": (c + rope, M),
        "kv_a_norm": (c,),
        "wkv_b": (H * (nope + v), c),
        "wo": (M, H * v),
        **(_index_shapes(spec) if spec.d_index else {}),
    }


def _index_shapes(spec: ModelSpec) -> Shapes:
    """Return an indexer's tensors: queries from MLA's, a key for all heads, a weight a head.

    Source: https://github.com/huggingface/transformers (src/transformers/models/glm_moe_dsa).
    """
    D, H = spec.d_index, spec.index_heads
    return {
        "index_wq": (H * D, spec.q_lora_rank),
        "index_wk": (D, spec.d_model),
        "index_k_norm": (D,),
        "index_k_norm_bias": (D,),
        "index_weights": (H, spec.d_model),
    }


def _linear_shapes(spec: ModelSpec) -> Shapes:
    """Return a gated delta net's tensors: q, k, v through a convolution, a gate, two rates a head.

    Source: https://github.com/huggingface/transformers (src/transformers/models/qwen3_5_moe).
    """
    M, H, D = spec.d_model, spec.linear_value_heads, spec.d_linear
    v, qkv = H * D, 2 * spec.linear_key_heads * D + H * D
    return {
        "linear_qkv": (qkv, M),
        "linear_conv": (qkv, spec.conv_kernel),
        "linear_gate": (v, M),
        "linear_decay": (H, M),
        "linear_beta": (H, M),
        "decay_log": (H,),
        "decay_bias": (H,),
        "linear_norm": (D,),
        "wo": (M, v),
    }


def _ffn_shapes(spec: ModelSpec, F: int, *, stack: tuple[int, ...] = ()) -> Shapes:
    M = spec.d_model
    outputs = {"gate": F, "up": F, "down": M} if spec.ffn_kind == "gated" else {"up": F, "down": M}
    shapes: Shapes = {f"w_{k}": (*stack, n, F if k == "down" else M) for k, n in outputs.items()}
    return shapes | ({f"b_{k}": (*stack, n) for k, n in outputs.items()} if spec.ffn_bias else {})


def _moe_shapes(spec: ModelSpec) -> Shapes:
    E, F = spec.n_experts, spec.d_ff_expert
    shapes: Shapes = {"router": (E, spec.d_model)}
    if spec.router_bias:
        shapes["router_bias"] = (E,)
    shapes |= {f"experts.{k}": s for k, s in _ffn_shapes(spec, F, stack=(E,)).items()}
    if spec.n_shared_experts:
        shared = _ffn_shapes(spec, F * spec.n_shared_experts)
        shapes |= {f"shared.{k}": s for k, s in shared.items()}
    if spec.shared_expert_gate:
        shapes["shared_gate"] = (1, spec.d_model)
    return shapes
