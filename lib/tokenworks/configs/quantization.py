"""How a quantized checkpoint is stored, and what it keeps, read from its `quantization_config`.

Source: https://github.com/huggingface/transformers (src/transformers/utils/quantization_config.py),
https://github.com/vllm-project/compressed-tensors (QuantizationScheme).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tokenworks.configs.reading import LAYERS, Keys
from tokenworks.number import integer

LISTS = (
    *("modules_to_not_convert", "ignore", "ignored_layers", "exclude_modules"),
    *("llm_int8_skip_modules", "modules_to_not_quantize"),
)
USUAL = ("embed", "head", "vectors")  # quantizers take matrices inside the layers, most of them
NAMES = {
    "attention": re.compile(r"self_attn|attention|attn\b|[qkvo]_proj"),
    "router": re.compile(r"router|mlp\.gate\b|mlp\\+\.gate\b|\bgate\b"),
}
ONE_LAYER = re.compile(r"layers\W+(\d+)\W")
VECTORS = re.compile(r"norm|bias|scale$")  # never quantized, whoever lists them
MATRICES = ("q", "k", "v", "o")
# Of one group's weights: kind, bits, values that share a scale (None: any)
FORMATS = {
    ("float", 8, None): "fp8",
    ("int", 8, 128): "int8-g128",
    ("int", 8, None): "int8",
    ("int", 4, 128): "int4-g128",
    ("float", 4, 16): "nvfp4",
    ("float", 4, 32): "mxfp4",
}
METHODS = {
    "fp8": "fp8",
    "fbgemm_fp8": "fp8",
    "mxfp4": "mxfp4",
    "NVFP4": "nvfp4",
    "FP8": "fp8",
    "W4A16_AWQ": "int4-g128",
    "W4A8_AWQ": "int4-g128",
    "MXFP4": "mxfp4",
}


def stored_format(config: Mapping[str, Any], *, notes: list[str]) -> str | None:
    """Return the format of a checkpoint's quantized weights, by its name in `formats.csv`.

    None for a config that is not quantized, and, noted, for a format that is not in that table.
    """
    said = _said(config)
    if said is None:
        return None
    found = _formats(Keys(said, notes))
    if len(found) == 1 and None not in found:
        name = next(iter(found))
        notes.append(f"quantization_config: the weights are stored in {name}")
        return name
    what = "several formats" if len(found) > 1 else f"a format of {said.get('quant_method')}"
    notes.append(f"quantization_config names {what} not in this table: say --weights")
    return None


def _formats(said: Keys) -> set[str | None]:
    """Return the formats that a quantization_config names, None among them for an unknown one."""
    for name in ("quant_algo", "quant_method"):
        known = METHODS.get(str(said.raw(name)))
        if known is not None:
            return {known}
    groups = said.raw("config_groups")
    if isinstance(groups, Mapping) and groups:
        return {_of_group(said, str(name)) for name in groups}
    if said.raw("load_in_8bit"):
        return {"int8"}
    bits, group = said.integer("bits", "w_bit"), said.raw("group_size") or said.raw("q_group_size")
    return {FORMATS.get(("int", bits or 0, integer(group)))}


def _of_group(said: Keys, name: str) -> str | None:
    weights = said.inner("config_groups").inner(name).inner("weights")
    kind, bits = str(weights.raw("type")), weights.integer("num_bits") or 0
    group = weights.raw("group_size")
    return FORMATS.get((kind, bits, group)) or FORMATS.get((kind, bits, None))


def kept_parts(config: Mapping[str, Any], *, notes: list[str]) -> tuple[str, ...] | None:
    """Return the parts that stay at 16 bits; None for a config that is not quantized.

    A part counts where all layers keep it, by one name or layer by layer; what only some layers
    keep is noted. The config of a model that also sees or hears may say it outside or inside its
    text part.
    """
    said = _said(config)
    if said is None:
        return None
    keys = Keys(said, notes)
    listed = [name for key in LISTS for name in keys.texts(key) if not VECTORS.search(name)]
    whole = [name for name in listed if not ONE_LAYER.search(name)]
    by_layer = [name for name in listed if ONE_LAYER.search(name)]
    everywhere = _in_all_layers(by_layer, _layers(config))
    some = [name for name in by_layer if _part(name) not in everywhere]
    if some:
        notes.append(f"{len(some)} modules of single layers stay at 16 bits: not counted so")
    kept = [part for part in USUAL if part != "head" or not said.get("lm_head")]
    kept += [
        part
        for part, name in NAMES.items()
        if part in everywhere or any(name.search(entry) for entry in whole)
    ]
    notes.append(f"quantization_config: {', '.join(kept)} stay at 16 bits")
    return tuple(kept)


def _part(name: str) -> str | None:
    return next((part for part, pattern in NAMES.items() if pattern.search(name)), None)


def _in_all_layers(names: Iterable[str], n_layers: int | None) -> set[str]:
    """Return the parts that every layer keeps whole where each is named for itself."""
    found: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name in names:
        part, layer = _part(name), ONE_LAYER.search(name)
        if part is not None and layer is not None:
            matrix = re.search(r"([qkvo])_proj", name)
            seen = {matrix[1]} if matrix else set(MATRICES)
            found[part][int(layer[1])] |= seen
    return {
        part
        for part, layers in found.items()
        if len(layers) == n_layers and all(seen == set(MATRICES) for seen in layers.values())
    }


def _layers(config: Mapping[str, Any]) -> int | None:
    parts = [config, *(value for value in config.values() if isinstance(value, Mapping))]
    counts = (Keys(part).integer(*LAYERS) for part in parts if "quant_method" not in part)
    return next((count for count in counts if count is not None), None)


def _said(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for name in ("quantization_config", "compression_config"):
        if isinstance(config.get(name), Mapping):
            return config[name]
    nested = (value for value in config.values() if isinstance(value, Mapping))
    found = (inner["quantization_config"] for inner in nested if "quantization_config" in inner)
    return next((said for said in found if isinstance(said, Mapping)), None)
