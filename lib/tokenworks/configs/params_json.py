"""Files of other makers in the words of transformers' config.json.

The `params.json` of Mistral and Meta, and the configs of the mamba_ssm package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenworks.number import integer

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
    "nope_layer_interval": "no_rope_layer_interval",  # Llama 4
    "tied_embeddings": "tie_word_embeddings",
}
META = {"multiple_of", "ffn_dim_multiplier", "use_scaled_rope"}


# What mamba_ssm takes for a key that `ssm_cfg` leaves out, and transformers' word for it.
# Source: https://github.com/state-spaces/mamba (mamba_ssm/modules/mamba_simple.py, mamba2.py)
SSM_DEFAULTS: dict[str, dict[str, tuple[str, int]]] = {
    "Mamba1": {"d_state": ("state_size", 16)},
    "Mamba2": {
        "d_state": ("state_size", 128),
        "headdim": ("head_dim", 64),
        "ngroups": ("n_groups", 1),
    },
}
BOTH = {"d_conv": ("conv_kernel", 4), "expand": ("expand", 2)}


def as_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a params.json as a config.json, and any other config as it is.

    Meta's is a Llama, and so is one without KV heads of its own: each query head has one. Mistral's
    is a Mistral, with a window in all layers where it names one.
    """
    if config.get("model_type") == "mamba" and {"dim", "n_groups"} <= set(config):
        return _of_mamba_ssm(_codestral(config))
    if "ssm_cfg" in config and "state_size" not in config:
        return _of_mamba_ssm(config)
    if "model_type" in config or not {"dim", "n_layers", "n_heads"} <= set(config):
        return config
    renamed = {WORDS.get(name, name): value for name, value in config.items()}
    if "nope_layer_interval" in config:
        return {"model_type": "llama4_text"} | renamed
    if META & set(config) or "num_key_value_heads" not in renamed:
        return {"model_type": "llama"} | renamed
    return {"model_type": "mistral", "sliding_window": None} | renamed


def _codestral(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return Mistral's Mamba in the words of mamba_ssm.

    Source: https://github.com/mistralai/mistral-inference (src/mistral_inference/mamba.py).
    """
    words = {"dim": "d_model", "n_layers": "n_layer"}
    rest = {words.get(name, name): config[name] for name in config if name != "n_groups"}
    return rest | {"ssm_cfg": {"layer": "Mamba2", "ngroups": config["n_groups"]}}


def _of_mamba_ssm(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a config of mamba_ssm; one with layers that attend, or with other keys: ValueError."""
    said = config["ssm_cfg"] or {}
    layer = said.get("layer", "Mamba1") if isinstance(said, Mapping) else None
    names = SSM_DEFAULTS.get(str(layer), {}) | BOTH
    odd = sorted(set(said) - {"layer", *names}) if isinstance(said, Mapping) else ["ssm_cfg"]
    if config.get("attn_layer_idx"):
        odd = ["attn_layer_idx"]
    if layer not in SSM_DEFAULTS or odd:
        raise ValueError(f"ssm_cfg: {odd[0] if odd else layer} is not described here")
    found = {word: said.get(name, default) for name, (word, default) in names.items()}
    rest = {
        name: value
        for name, value in config.items()
        if name not in ("ssm_cfg", "attn_layer_idx", "attn_cfg", "d_intermediate")
    }
    if layer == "Mamba2":
        stated = (config.get("d_model"), found["expand"], found["head_dim"])
        width, expand, size = map(integer, stated)
        if width and expand and size:
            found["num_heads"] = expand * width // size
    return rest | found | {"model_type": "mamba" if layer == "Mamba1" else "mamba2"}
