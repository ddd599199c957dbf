"""What transformers takes for a key that a config leaves out, class by class.

Only what the cache or the weights depend on. Layer counts and widths are left out on purpose: a
config without them is broken, and a class default would hide it.
Source: https://github.com/huggingface/transformers (src/transformers/models/*/configuration_*.py).
"""

from __future__ import annotations

from typing import Any

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

CLASS_DEFAULTS: dict[str, dict[str, Any]] = {
    "cohere2": COHERE2,
    "falcon": {"tie_word_embeddings": True},
    "gemma": {"num_key_value_heads": 16, "head_dim": 256, "tie_word_embeddings": True},
    "gemma2": GEMMA2,
    "gemma3": GEMMA3,
    "gemma3_text": GEMMA3,
    "gpt_oss": GPT_OSS,
    "llama4": LLAMA4,
    "llama4_text": LLAMA4,
    "mistral": MISTRAL,
    "mixtral": {"num_key_value_heads": 8},
    "qwen2": QWEN,
    "qwen3": QWEN | {"head_dim": 128},
}


def class_default(model_type: str, key: str) -> Any:
    """Return what transformers takes for a missing key, None where it has no value of its own."""
    return CLASS_DEFAULTS.get(model_type, {}).get(key)
