"""How far back each layer looks, read from a config: each family says it in its own way."""

from __future__ import annotations

from typing import Any

from tokenworks.configs.reading import Keys
from tokenworks.number import integer

Windows = list[int | None]
WINDOW_OF = {"sliding_attention": "sliding_window", "chunked_attention": "attention_chunk_size"}
PERIODS = {"gemma2": 2, "gpt_oss": 2}  # fixed by the family
PATTERNED = {"gemma3", "gemma3_text", "cohere2"}  # told by a key
PATTERN = ("sliding_window_pattern", "_sliding_window_pattern")
QWEN = {"qwen2", "qwen2_moe", "qwen3", "qwen3_moe"}
UNIFORM = {"mistral", "mixtral", "ministral", "phi3", "phimoe", "starcoder2"}
CHUNKS = (
    "attention_chunk_size is the most that a chunked layer keeps; an engine without a cache for "
    "each kind of layer keeps the whole sequence (https://github.com/vllm-project/vllm/issues/19407)"
)


def window_fields(keys: Keys, n_layers: int) -> dict[str, Any]:
    """Return the window fields of an AttentionSpec: as a period where one describes the layers."""
    windows = _windows(keys, n_layers)
    sizes = {size for size in windows if size is not None}
    if not sizes:
        return {}
    size = sizes.pop()
    if None not in windows and not sizes:
        return {"window_tokens": size}
    period = windows.index(None) + 1 if None in windows else 0
    regular = [None if period and (i + 1) % period == 0 else size for i in range(n_layers)]
    if period > 1 and not sizes and windows == regular:
        return {"window_tokens": size, "global_layer_period": period}
    return {"layer_windows": tuple(windows)}


def _windows(keys: Keys, n_layers: int) -> Windows:
    if keys.raw("layer_types") is not None:
        return _by_layer_types(keys, n_layers)
    if keys.model_type in QWEN:
        return _by_qwen(keys, n_layers)
    if keys.model_type in ("llama4", "llama4_text"):
        return _by_llama4(keys, n_layers)
    window = _size(keys, "sliding_window")
    if window is None or keys.model_type in UNIFORM:
        return [window] * n_layers
    if keys.model_type in PERIODS or keys.model_type in PATTERNED:
        period = PERIODS.get(keys.model_type) or keys.integer(*PATTERN)
        period = period or keys.default(PATTERN[0])
        return [None if (i + 1) % period == 0 else window for i in range(n_layers)]
    kind = keys.model_type or "config without model_type"
    keys.note(
        f"sliding_window {window}: which layers of a {kind} use it is not known here, so all are "
        "taken to keep the whole sequence, which is the most it can be"
    )
    return [None] * n_layers


def _by_layer_types(keys: Keys, n_layers: int) -> Windows:
    kinds = keys.raw("layer_types")
    if not isinstance(kinds, list) or len(kinds) != n_layers:
        count = len(kinds) if isinstance(kinds, list) else "no"
        raise ValueError(f"layer_types lists {count} layers, num_hidden_layers says {n_layers}")
    known = {"full_attention", *WINDOW_OF}
    odd = next((kind for kind in kinds if not isinstance(kind, str) or kind not in known), None)
    if odd is not None:
        raise ValueError(
            f"layer_types has {odd!r}, which is not described here; known: "
            f"{', '.join(sorted(known))}"
        )
    unused = keys.model_type in QWEN and not keys.flag("use_sliding_window")
    windows: dict[str, int | None] = {"full_attention": None}
    for kind in set(kinds) & set(WINDOW_OF):
        size = None if unused else _size(keys, WINDOW_OF[kind])
        if size is None and not unused:
            raise ValueError(f"layer_types has {kind}, but the config has no {WINDOW_OF[kind]}")
        windows[kind] = size
    if "chunked_attention" in windows:
        keys.note(CHUNKS)
    return [windows[kind] for kind in kinds]


def _by_qwen(keys: Keys, n_layers: int) -> Windows:
    if not keys.flag("use_sliding_window"):
        return [None] * n_layers
    window, first = _size(keys, "sliding_window"), keys.integer("max_window_layers", least=0)
    first = keys.default("max_window_layers") or 0 if first is None else first
    return [window if i >= first else None for i in range(n_layers)]


def _by_llama4(keys: Keys, n_layers: int) -> Windows:
    chunk, marks = _size(keys, "attention_chunk_size"), keys.raw("no_rope_layers")
    if chunk is None:
        return [None] * n_layers
    keys.note(CHUNKS)
    if marks:  # 1: rotary and chunked; 0: no positions and the whole sequence
        good = isinstance(marks, list) and all(integer(mark) in (0, 1) for mark in marks)
        if not good or len(marks) != n_layers:
            raise ValueError(f"no_rope_layers must be {n_layers} times 0 or 1, got {marks!r}")
        return [chunk if mark else None for mark in marks]
    period = keys.integer("no_rope_layer_interval") or keys.default("no_rope_layer_interval")
    return [None if (i + 1) % period == 0 else chunk for i in range(n_layers)]


def _size(keys: Keys, name: str) -> int | None:
    """Return a window: null is none, a missing key is the class default."""
    return keys.integer(name) if name in keys.config else keys.default(name)
