"""The `params.json` of Mistral's and Meta's own releases, in the words of a config.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Their word: transformers' word.
WORDS = {
    "dim": "hidden_size",
    "n_layers": "num_hidden_layers",
    "n_heads": "num_attention_heads",
    "n_kv_heads": "num_key_value_heads",
    "n_local_heads": "num_key_value_heads",  # gpt-fast and torchchat
    "block_size": "max_position_embeddings",  # theirs, too
    "hidden_dim": "intermediate_size",
    "norm_eps": "rms_norm_eps",
    "max_seq_len": "max_position_embeddings",
    "tied_embeddings": "tie_word_embeddings",
}
META = {"multiple_of", "ffn_dim_multiplier", "use_scaled_rope"}


def as_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a params.json as a config.json, and any other config as it is.

    Meta's is a Llama, and so is one without KV heads of its own: each query head has one. Mistral's
    is a Mistral, with a window in all layers where it names one.
    """
    if "model_type" in config or not {"dim", "n_layers", "n_heads"} <= set(config):
        return config
    renamed = {WORDS.get(name, name): value for name, value in config.items()}
    if META & set(config) or "num_key_value_heads" not in renamed:
        return {"model_type": "llama"} | renamed
    return {"model_type": "mistral", "sliding_window": None} | renamed
