"""What transformers takes for a key that a config leaves out, class by class.

Only what the cache or the weights depend on. `data/class_defaults.json` holds the numbers that the
classes of one version state; here stands what a class computes, or states in other versions or
under another name. A config without layers, heads or width is broken, and a class default would
hide it: those count in a nested text part alone, where files leave out what is as in the class.
Source: https://github.com/huggingface/transformers (src/transformers/models/*/configuration_*.py).
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

SIZES = {
    *("num_hidden_layers", "num_attention_heads", "hidden_size", "d_model", "num_layers"),
    *("num_heads", "decoder_layers", "decoder_attention_heads", "num_decoder_layers"),
    *("v_head_dim", "qk_nope_head_dim", "state_size"),
}

GEMMA3 = {
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "max_position_embeddings": 131072,
    "vocab_size": 262208,
    "sliding_window": 4096,
    "sliding_window_pattern": 6,
    "tie_word_embeddings": True,
}
GEMMA2 = {
    "num_key_value_heads": 4,
    "head_dim": 256,
    "sliding_window": 4096,
    "tie_word_embeddings": True,
}
GPT_OSS = {
    "num_key_value_heads": 8,
    "head_dim": 64,
    "sliding_window": 128,
    "max_position_embeddings": 131072,
    "attention_bias": True,
}
COHERE2 = {"sliding_window": 4096, "sliding_window_pattern": 4, "tie_word_embeddings": True}
LLAMA4 = {
    "num_key_value_heads": 8,
    "head_dim": 128,
    "attention_chunk_size": 8192,
    "no_rope_layer_interval": 4,
    "interleave_moe_layer_step": 1,
}
QWEN = {"num_key_value_heads": 32, "sliding_window": 4096, "max_window_layers": 28}
MISTRAL = {"num_attention_heads": 32, "num_key_value_heads": 8, "sliding_window": 4096}

DELTA = {
    "full_attention_interval": 4,
    "linear_conv_kernel_dim": 4,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "linear_num_key_heads": 16,
    "linear_num_value_heads": 32,
}
GEMMA3N = {"num_kv_shared_layers": 15, "sliding_window": 512, "head_dim": 256}
GEMMA4 = {"global_head_dim": 512, "sliding_window": 512, "head_dim": 256}
JAMBA = {
    "attn_layer_period": 8,
    "attn_layer_offset": 4,
    "mamba_d_state": 16,
    "mamba_d_conv": 4,
    "mamba_expand": 2,
}
T5 = {"max_position_embeddings": 512}  # n_positions of its class; positions are relative

CLASS_DEFAULTS: dict[str, dict[str, Any]] = {
    "cohere2": COHERE2,
    "deepseek_v32": {"index_head_dim": 128},
    "deepseek_v4": {"index_head_dim": 128, "sliding_window": 128, "head_dim": 512},
    "falcon": {"tie_word_embeddings": True},
    "gemma": {"num_key_value_heads": 16, "head_dim": 256, "tie_word_embeddings": True},
    "gemma2": GEMMA2,
    "gemma3": GEMMA3,
    "gemma3_text": GEMMA3,
    "gemma3n": GEMMA3N,
    "gemma3n_text": GEMMA3N,
    "gemma4": GEMMA4,
    "gemma4_text": GEMMA4,
    "glm_moe_dsa": {"index_head_dim": 128},
    "gpt_oss": GPT_OSS,
    "jamba": JAMBA,
    "llama4": LLAMA4,
    "llama4_text": LLAMA4,
    "mistral": MISTRAL,
    "mixtral": {"num_key_value_heads": 8},
    "ouro": {"total_ut_steps": 4},
    "qwen2": QWEN,
    "qwen3": QWEN | {"head_dim": 128},
    "qwen3_5_moe_text": DELTA,
    "qwen3_5_text": DELTA,
    "qwen3_next": DELTA,
    "t5": T5,
}


def class_default(model_type: str, key: str, *, nested: bool = False) -> Any:
    """Return what transformers takes for a missing key, None where it has no value of its own."""
    by_hand = CLASS_DEFAULTS.get(model_type, {}).get(key)
    if by_hand is not None or (key in SIZES and not nested):
        return by_hand
    return _stated().get(model_type, {}).get(key)


@cache
def _stated() -> dict[str, dict[str, int]]:
    text = files("tokenworks.data").joinpath("class_defaults.json").read_text(encoding="utf-8")
    return json.loads(text)["classes"]
