"""What a model keeps of a sequence, read from its config: by family, or as far as is certain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tokenworks.architecture import AttentionSpec
from tokenworks.configs.attention_parts import is_latent, kv_heads
from tokenworks.configs.families import FAMILIES, PLAIN
from tokenworks.configs.family import Family, Layer
from tokenworks.configs.layer_overrides import with_overrides
from tokenworks.configs.linear_layers import DIFFERENT, keeps_state, linear_fields
from tokenworks.configs.no_cache import ENCODER_HEADS, NO_CACHE
from tokenworks.configs.params_json import as_config
from tokenworks.configs.reading import CONTEXT, HEADS, Keys, text_part
from tokenworks.configs.unread import report_unread
from tokenworks.configs.with_input import input_positions
from tokenworks.layer_cache import CachePart, CacheSpec, StatePart, counted

ASSUMED_CONTEXT = 2048


def read_cache(config: Mapping[str, Any], *, notes: list[str] | None = None) -> CacheSpec:
    """Read a published config into all that its layers keep of a sequence.

    Only keys that the cache depends on are needed. What had to be assumed is added to `notes`.
    A config that lacks a key or contradicts itself raises ValueError with the key's name, and so
    does one of an unknown family with a key that may speak of another cache.
    """
    keys = text_part(as_config(config), [] if notes is None else notes)
    layers, family = _layers(keys)
    parts = [part for layer in layers for part in layer]
    caches = [part for part in parts if isinstance(part, CachePart)]
    spec = CacheSpec(
        name=_name(keys),
        label=_name(keys),
        context_tokens=_context(keys),
        parts=counted(caches),
        states=counted(part for part in parts if isinstance(part, StatePart)),
        n_heads=keys.integer(*HEADS) or keys.default(HEADS[0]),
        input_tokens=input_positions(keys) if family.reads_input else 0,
    )
    _checkpoint_says(keys)
    _report(keys, family)
    return spec


def read_attention(config: Mapping[str, Any], *, notes: list[str] | None = None) -> AttentionSpec:
    """Read a published config whose layers differ in their windows at most, or every n-th attends.

    As `read_cache`; layers that keep different things in another way raise ValueError.
    """
    keys = text_part(as_config(config), [] if notes is None else notes)
    return AttentionSpec(**attention_fields(keys))


def attention_fields(keys: Keys) -> dict[str, Any]:
    """Return the fields of an AttentionSpec."""
    layers, family = _layers(keys)
    fields = {
        "name": _name(keys),
        "label": _name(keys),
        "n_layers": len(layers),
        "n_heads": keys.required(*HEADS),
        "n_kv_heads": kv_heads(keys),
        "context_tokens": _context(keys),
        **_sizes(keys, layers),
    }
    _report(keys, family)
    return fields


def _name(keys: Keys) -> str:
    return keys.model_type or "this model"


def _layers(keys: Keys) -> tuple[list[Layer], Family]:
    _refuse_encoders(keys)
    family = FAMILIES.get(keys.model_type, PLAIN)
    return with_overrides(keys, family.layers), family


def _report(keys: Keys, family: Family) -> None:
    known = keys.model_type in FAMILIES
    if family.reads_input:
        keys.understood("is_encoder_decoder", "add_cross_attention")
    report_unread(keys, known=known, own=family.own)


def _refuse_encoders(keys: Keys) -> None:
    for what, families in NO_CACHE.items():
        if keys.model_type.rstrip("0123456789") in families and not keys.flag("is_decoder"):
            raise ValueError(f"a {keys.model_type} keeps {what}")
    heads = keys.texts("architectures")
    encoder = next((name for name in heads if name.endswith(ENCODER_HEADS)), None)
    if encoder and keys.model_type not in FAMILIES and not keys.flag("is_decoder"):
        raise ValueError(f"{encoder} is an encoder and keeps no cache: it reads a text once")


def _context(keys: Keys) -> int:
    stated = keys.integer(*CONTEXT, "max_target_positions")
    if stated is None:
        stated = keys.default(CONTEXT[0])
    if stated is None:
        stated = ASSUMED_CONTEXT
        keys.note_taken(CONTEXT[0], stated, "as vLLM does")
    return stated


def _sizes(keys: Keys, layers: list[Layer]) -> dict[str, Any]:
    """Return head and window of layers that keep one cache each, alike but for the window.

    Beside it a latent may have an index key, and other layers a state.
    """
    linear = linear_fields(keys, layers)
    layers = [layer for layer in layers if not (linear and keeps_state(layer))]
    alike = {tuple(_unwindowed(part) for part in layer) for layer in layers}
    only = next(iter(alike)) if len(alike) == 1 else ()
    part, *beside = only or (None,)
    latent = isinstance(part, CachePart) and part.what == "latent"
    indexed = latent and [other.what for other in beside] == ["index key"]
    heads = isinstance(part, CachePart) and part.what == "attention" and not part.of_input
    if not isinstance(part, CachePart) or not (latent or heads) or bool(beside) != indexed:
        raise ValueError(DIFFERENT.format(_name(keys)))
    windows = [layer[0].window_tokens for layer in layers]  # type: ignore[union-attr]
    fields = _window_fields(windows) | linear
    if indexed:
        fields["d_index"] = beside[0].d_key  # type: ignore[union-attr]
    if not is_latent(keys):
        return {"d_head": part.d_key} | fields
    rope = keys.required("qk_rope_head_dim")
    nope = keys.integer("qk_nope_head_dim", least=0) or 0
    latent = {"kv_lora_rank": keys.required("kv_lora_rank"), "d_head_rope": rope}
    return {"d_head": nope + rope} | latent | fields


def _unwindowed(part: CachePart | StatePart) -> CachePart | StatePart:
    return replace(part, window_tokens=None) if isinstance(part, CachePart) else part


def _window_fields(windows: list[int | None]) -> dict[str, Any]:
    """Return the window fields of an AttentionSpec: as a period where one describes the layers."""
    sizes = {size for size in windows if size is not None}
    if not sizes:
        return {}
    size = sizes.pop()
    if None not in windows and not sizes:
        return {"window_tokens": size}
    period = windows.index(None) + 1 if None in windows else 0
    regular = [None if period and (i + 1) % period == 0 else size for i in range(len(windows))]
    if period > 1 and not sizes and windows == regular:
        return {"window_tokens": size, "global_layer_period": period}
    return {"layer_windows": tuple(windows)}


def _checkpoint_says(keys: Keys) -> None:
    """Note the format of the cache that a quantized checkpoint was made for."""
    for config in (keys.config, *keys.around):
        for name in ("quantization_config", "compression_config"):
            said = Keys(config, keys.notes).inner(name)
            scheme = said.raw("kv_cache_scheme") or said.raw("kv_cache_quant_algo")
            if isinstance(scheme, Mapping):
                scheme = f"{scheme.get('num_bits')}-bit {scheme.get('type', '')}".strip()
            if scheme:
                keys.note(
                    f"kv_cache_scheme: the checkpoint is made for a {scheme} cache (--kv-dtype)"
                )
