"""What a model's cache depends on, read from its config: heads, their size, each layer's window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenworks.architecture import AttentionSpec
from tokenworks.configs.layer_windows import window_fields
from tokenworks.configs.reading import CONTEXT, HEAD, HEADS, LAYERS, WIDTH, Keys, text_part

# A cache that is not one key and one value a position, head and layer, and how a config shows it.
NOT_DESCRIBED = {
    "is_encoder_decoder": "an encoder-decoder keeps a second cache for its input",
    "num_kv_shared_layers": "some layers share one cache",
    "cross_attention_layers": "some layers keep a cache of the image",
    "layers_block_type": "some layers keep a state, not a cache",
    "hybrid_override_pattern": "some layers keep a state, not a cache",
    "attn_layer_period": "some layers keep a state, not a cache",
    "block_types": "some layers keep a state, not a cache",
    "attn_type_list": "some layers keep a state, not a cache",
    "linear_attn_config": "some layers keep a state, not a cache",
    "full_attention_interval": "some layers keep a state, not a cache",
    "ssm_cfg": "a state-space model keeps a state, not a cache",
    "state_size": "a state-space model keeps a state, not a cache",
    "mamba_d_state": "some layers keep a state, not a cache",
    "block_configs": "layers differ in their heads",
    "num_key_value_heads_per_layer": "layers differ in their heads",
    "num_global_key_value_heads": "layers differ in their heads",
    "global_head_dim": "layers differ in their heads",
    "swa_num_key_value_heads": "layers differ in their heads",
    "index_head_dim": "sparse attention keeps an index key beside the latent",
    "compress_ratios": "layers compress their cache",
}
# Families without such a cache whose configs look as if they had one.
NO_CACHE = {
    "a state, not a cache": ("rwkv", "mamba", "falcon_mamba", "xlstm", "retnet", "recurrent_gemma"),
    "no cache: it reads a text once": (
        "bert",
        "roberta",
        "xlm-roberta",
        "distilbert",
        "modernbert",
    ),
}
FALCON = {"falcon", "refinedweb", "refinedwebmodel"}
ASSUMED_CONTEXT = 2048
MOST = 10_000


def read_attention(config: Mapping[str, Any], *, notes: list[str] | None = None) -> AttentionSpec:
    """Read a published config into the shape of its attention.

    Only keys that the cache depends on are needed. What had to be assumed is added to `notes`.
    A config that lacks a key, contradicts itself or describes another kind of cache raises
    ValueError with the key's name.
    """
    keys = text_part(config, [] if notes is None else notes)
    return AttentionSpec(**attention_fields(keys))


def attention_fields(keys: Keys) -> dict[str, Any]:
    """Return the fields of an AttentionSpec."""
    _refuse_other_caches(keys)
    n_layers, n_heads = keys.required(*LAYERS), keys.required(*HEADS)
    if max(n_layers, n_heads) > MOST:
        raise ValueError(f"{n_layers} layers of {n_heads} heads are no model: above {MOST:,}")
    name = keys.model_type or "this model"
    fields = {
        "name": name,
        "label": name,
        "n_layers": n_layers,
        "n_heads": n_heads,
        "n_kv_heads": _kv_heads(keys, n_heads),
        "context_tokens": _context(keys),
    }
    return fields | _latent(keys, n_heads) | window_fields(keys, n_layers)


def _refuse_other_caches(keys: Keys) -> None:
    for what, families in NO_CACHE.items():
        if keys.model_type.rstrip("0123456789") in families:
            raise ValueError(f"a {keys.model_type} keeps {what}")
    for key, why in NOT_DESCRIBED.items():
        if keys.raw(key):
            raise ValueError(f"{key} is set: {why}, which is not described here")


def _kv_heads(keys: Keys, n_heads: int) -> int:
    kv_heads = _stated_kv_heads(keys, n_heads)
    if kv_heads is None:
        kv_heads = keys.default("num_key_value_heads")
    if kv_heads is None:
        kv_heads = n_heads
        keys.note_taken("num_key_value_heads", n_heads, "one a query head, as transformers does")
    if n_heads % kv_heads:
        raise ValueError(f"num_key_value_heads {kv_heads} does not divide {n_heads} query heads")
    return kv_heads


def _stated_kv_heads(keys: Keys, n_heads: int) -> int | None:
    if keys.model_type in FALCON:
        return _falcon_kv_heads(keys, n_heads)
    if keys.model_type == "gpt_bigcode":
        return 1 if keys.flag("multi_query", default=True) else n_heads
    if keys.model_type == "chatglm":
        groups = keys.integer("multi_query_group_num") or 1
        return groups if keys.flag("multi_query_attention") else n_heads
    if keys.raw("attn_config.attn_type") == "multiquery_attention":
        return 1
    names = ("num_key_value_heads", "num_kv_heads", "n_head_kv", "attn_config.kv_n_heads")
    if keys.model_type in ("gpt2", "gptj", "gpt_neox", "bloom", "opt", "mpt", "codegen"):
        return keys.integer(*names) or n_heads  # these classes know nothing else
    return keys.integer(*names, "n_kv_heads", "num_attention_groups")


def _falcon_kv_heads(keys: Keys, n_heads: int) -> int:
    """Return Falcon's KV heads: the stated number counts in its new architecture only."""
    stated = keys.integer("num_kv_heads", "n_head_kv")
    if keys.flag("new_decoder_architecture") or keys.model_type == "refinedweb":
        return stated or n_heads
    return 1 if keys.flag("multi_query", default=True) else n_heads


def _context(keys: Keys) -> int:
    stated = keys.integer(*CONTEXT)
    if stated is None:
        stated = keys.default(CONTEXT[0])
    if stated is None:
        stated = ASSUMED_CONTEXT
        keys.note_taken(CONTEXT[0], stated, "as vLLM does")
    return stated


def _latent(keys: Keys, n_heads: int) -> dict[str, int]:
    """Return the size of a head and, for multi-head latent attention, of what is kept instead."""
    rank = keys.integer("kv_lora_rank")
    if rank is not None:
        nope, rope = (
            keys.integer("qk_nope_head_dim", least=0) or 0,
            keys.required("qk_rope_head_dim"),
        )
        keys.note(f"latent attention: {rank} + {rope} values a position and layer, for all heads")
        return {"d_head": nope + rope, "kv_lora_rank": rank, "d_head_rope": rope}
    d_head = head_size(keys, n_heads)
    if (keys.integer("v_head_dim") or d_head) != d_head:
        raise ValueError(f"v_head_dim {keys.raw('v_head_dim')} differs from head_dim {d_head}")
    return {"d_head": d_head}


def head_size(keys: Keys, n_heads: int) -> int:
    """Return the size of a head: stated, the class default, or the width over the heads."""
    stated = keys.integer(*HEAD)
    if stated is None:
        stated = keys.default("head_dim")
    if stated is not None:
        return stated
    width = keys.integer(*WIDTH)
    if width is None:
        raise ValueError("the config has no head_dim and no hidden_size to divide")
    if width % n_heads:
        raise ValueError(f"head_dim is missing and {n_heads} heads do not divide {width}")
    keys.note_taken("head_dim", width // n_heads, "hidden_size / heads, as transformers does")
    return width // n_heads
