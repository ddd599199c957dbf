"""All of a model's shapes, read from its config, for the families in `weight_shapes`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenworks.architecture import ModelSpec
from tokenworks.configs.attention_shape import attention_fields
from tokenworks.configs.reading import WIDTH, Keys, text_part

_PLAIN = {"norm_kind": "layer", "ffn_kind": "plain", "parallel_block": True}
GATED = {"qk_norm": True, "attention_gate": True}
# What every model of a family has beside its numbers.
FAMILIES: dict[str, dict[str, Any]] = {
    "llama": {},
    "mistral": {},
    "phi3": {},
    "qwen2": {"qkv_bias": True},
    "qwen3": {"qk_norm": True},
    "gemma": {},
    "gemma2": {"post_norms": True},
    "gemma3": {"post_norms": True, "qk_norm": True},
    "gemma3_text": {"post_norms": True, "qk_norm": True},
    "gptj": _PLAIN | {"ffn_bias": True, "head_bias": True},
    "phi": _PLAIN | {"attention_bias": True, "ffn_bias": True, "head_bias": True},
    "falcon": _PLAIN,
    "mixtral": {},
    "qwen3_moe": {"qk_norm": True},
    "gpt_oss": {
        "attention_bias": True,
        "attention_sinks": True,
        "ffn_bias": True,
        "router_bias": True,
    },
    "minimax_m2": {"qk_norm_wide": True, "router_bias": True},
    "qwen3_5_text": GATED,
    "qwen3_5_moe_text": GATED | {"shared_expert_gate": True},
    "qwen3_next": GATED | {"shared_expert_gate": True},
    "deepseek_v2": {},
    "deepseek_v3": {"router_bias": True},
    "deepseek_v32": {"router_bias": True},
    "glm_moe_dsa": {"router_bias": True},
    "kimi_k2": {"router_bias": True},
    "llama4": {"n_shared_experts": 1},
    "llama4_text": {"n_shared_experts": 1},
}
# Values that would make a model of these families another one, and what they would add.
UNLIKE: dict[str, dict[str, Any]] = {
    "falcon": {"new_decoder_architecture": True, "parallel_attn": False, "bias": True},
    "phi": {"qk_layernorm": True},
    "gptj": {"tie_word_embeddings": True},
    "minimax_m2": {"use_qk_norm": False, "qk_norm_type": "per_head", "use_routing_bias": False},
    **{name: {"attn_output_gate": False} for name in ("qwen3_5_text", "qwen3_5_moe_text")},
}
AHEAD = ("num_nextn_predict_layers", "mtp_num_hidden_layers", "num_mtp_modules")
EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts")
PERIODS = ("interleave_moe_layer_step", "decoder_sparse_step", "moe_layer_freq")


def read_model(config: Mapping[str, Any], *, notes: list[str] | None = None) -> ModelSpec:
    """Read a published config into all of a model's shapes.

    What had to be assumed is added to `notes`. A family whose weights are not described, a missing
    key and a contradiction raise ValueError.
    """
    keys = text_part(config, [] if notes is None else notes)
    family = keys.model_type
    if family not in FAMILIES:
        said = f"model_type {family!r}" if family else "a config without model_type"
        raise ValueError(
            f"the weights of {said} are not described here, only its cache is (tokenworks kv); "
            f"described: {', '.join(sorted(FAMILIES))}"
        )
    _refuse_unlike(keys)
    width = keys.required(*WIDTH)
    fields = attention_fields(keys) | FAMILIES[family]
    fields |= _latent_ranks(keys) | _feed_forward(keys, width) | _biases(keys, fields)
    if "d_index" in fields:
        fields |= {"index_heads": keys.required("index_n_heads")}
        fields |= {"index_top_tokens": keys.required("index_topk")}
    return ModelSpec(
        d_model=width,
        vocab_size=keys.required("vocab_size"),
        tied_embeddings=_tied(keys),
        source="config.json",
        accessed="",
        **fields,
    )


def _refuse_unlike(keys: Keys) -> None:
    for key, value in UNLIKE.get(keys.model_type, {}).items():
        if keys.raw(key) == value:
            shown = str(value).lower()
            raise ValueError(f"{keys.model_type} with {key} {shown} has weights not described here")
    for key in ("mlp_only_layers", "mlp_layer_types", "shared_intermediate_size"):
        if keys.raw(key):
            raise ValueError(f"{key}: layers that differ so are not described here")
    for key in AHEAD:
        if keys.raw(key):
            keys.note(f"{key}: layers that guess further tokens are not counted")


def _tied(keys: Keys) -> bool:
    """Return whether head and embedding are one: as the text part says, or what it is nested in."""
    around = [outer.get("tie_word_embeddings") for outer in keys.around]
    if keys.raw("tie_word_embeddings") is None and any(isinstance(said, bool) for said in around):
        return True in around
    return keys.flag("tie_word_embeddings")


def _latent_ranks(keys: Keys) -> dict[str, int]:
    if keys.raw("kv_lora_rank") is None:
        return {}
    return {
        "q_lora_rank": keys.integer("q_lora_rank") or 0,
        "d_head_nope": keys.required("qk_nope_head_dim"),
        "d_head_v": keys.required("v_head_dim"),
    }


def _feed_forward(keys: Keys, width: int) -> dict[str, Any]:
    dense = keys.integer("intermediate_size_mlp", "intermediate_size", "n_inner")
    if dense is None and keys.model_type in ("gptj", "falcon"):
        dense = 4 * width
        keys.note_taken("intermediate_size", dense, "4 x hidden_size, as transformers does")
    experts = keys.integer(*EXPERTS, least=0)
    if dense is None and experts and not keys.raw("first_k_dense_replace"):
        dense = keys.integer("moe_intermediate_size")  # no layer is dense
    dense = keys.required("intermediate_size") if dense is None else dense
    if not experts:
        return {"d_ff": dense}
    period = keys.integer(*PERIODS)
    return {
        "d_ff": dense,
        "n_experts": experts,
        "n_experts_active": keys.required("num_experts_per_tok", "experts_per_token"),
        "d_ff_expert": keys.required("moe_intermediate_size", "intermediate_size"),
        "n_dense_layers": keys.integer("first_k_dense_replace", least=0) or 0,
        "moe_layer_period": 1 if period is None else period,
        **_shared_experts(keys),
    }


def _shared_experts(keys: Keys) -> dict[str, int]:
    shared = keys.integer("n_shared_experts", least=0)
    width = keys.integer("shared_expert_intermediate_size", least=0)
    if width and shared is None:
        each = keys.required("moe_intermediate_size", "intermediate_size")
        if width % each:
            raise ValueError(f"shared_expert_intermediate_size {width} is no multiple of {each}")
        shared = width // each
    return {} if shared is None else {"n_shared_experts": shared}


def _biases(keys: Keys, fields: Mapping[str, Any]) -> dict[str, bool]:
    """Return the biases that a config switches on by itself."""
    found = {"attention_bias": "attention_bias", "ffn_bias": "mlp_bias"}
    return {
        name: True for name, key in found.items() if keys.flag(key) and not fields.get(name, False)
    }
