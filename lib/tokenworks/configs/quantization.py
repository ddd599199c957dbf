"""What a quantized checkpoint keeps at 16 bits, read from its `quantization_config`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tokenworks.configs.reading import Keys

LISTS = (
    *("modules_to_not_convert", "ignore", "ignored_layers", "exclude_modules"),
    *("llm_int8_skip_modules", "modules_to_not_quantize"),
)
USUAL = ("embed", "head", "vectors")  # quantizers take matrices inside the layers, most of them
NAMES = {
    "attention": re.compile(r"self_attn|attention|attn\b|[qkvo]_proj"),
    "router": re.compile(r"router|mlp\.gate\b|mlp\\+\.gate\b|\bgate\b"),
}
ONE_LAYER = re.compile(r"layers\W+\d+\W")


def kept_parts(config: Mapping[str, Any], *, notes: list[str]) -> tuple[str, ...] | None:
    """Return the parts that stay at 16 bits; None for a config that is not quantized.

    A part counts where all layers keep it; what single layers keep is noted. The config of a model
    that also sees or hears may say it outside or inside its text part.
    """
    said = _said(config)
    if said is None:
        return None
    keys = Keys(said, notes)
    listed = [name for key in LISTS for name in keys.texts(key)]
    whole = [name for name in listed if not ONE_LAYER.search(name)]
    if len(whole) < len(listed):
        notes.append(
            f"{len(listed) - len(whole)} modules of single layers stay at 16 bits: not counted so"
        )
    kept = [part for part in USUAL if part != "head" or not said.get("lm_head")]
    kept += [part for part, name in NAMES.items() if any(name.search(entry) for entry in whole)]
    notes.append(f"quantization_config: {', '.join(kept)} stay at 16 bits")
    return tuple(kept)


def _said(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for name in ("quantization_config", "compression_config"):
        if isinstance(config.get(name), Mapping):
            return config[name]
    nested = (value for value in config.values() if isinstance(value, Mapping))
    found = (inner["quantization_config"] for inner in nested if "quantization_config" in inner)
    return next((said for said in found if isinstance(said, Mapping)), None)
