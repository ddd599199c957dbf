"""How far back each layer looks, read from a config: each family says it in its own way."""

from __future__ import annotations

import re
from collections.abc import Callable

from tokenworks.configs.layer_kinds import listed, marks
from tokenworks.configs.plain_families import SWITCHED_NAMES
from tokenworks.configs.reading import Keys
from tokenworks.number import shown, whole

Windows = list[int | None]
Rule = Callable[[Keys, int], Windows]
WINDOW_OF = {"sliding_attention": "sliding_window", "chunked_attention": "attention_chunk_size"}
WHOLE = {"full_attention", "attention", "global_attention"}
STATE_KEYS = re.compile(r"(mamba|ssm)_")
PATTERN = ("sliding_window_pattern", "_sliding_window_pattern", "global_attn_every_n_layers")
CHUNKS = (
    "attention_chunk_size is the most that a chunked layer keeps; an engine without a cache for "
    "each kind of layer keeps the whole sequence (https://github.com/vllm-project/vllm/issues/19407)"
)


def whole_or_window(keys: Keys, n_layers: int) -> Windows:
    """Return each layer's window by `layer_types`, the one way that all of transformers shares.

    A config without them has no windows here; a kind of layer that keeps something else raises
    ValueError.
    """
    if keys.raw("layer_types") is not None:
        return by_layer_types(keys, n_layers)
    if (
        not keys.flag("use_sliding_window", default=True)
        or keys.config.get("sliding_window") is None
    ):
        keys.understood("sliding_window", "max_window_layers", "use_sliding_window")  # switched off
    return [None] * n_layers


def uniform(keys: Keys, n_layers: int) -> Windows:
    """Return the same window in every layer (Mistral, Phi-3)."""
    if keys.integer("full_attn_mod") not in (None, 1):  # Phi-4-mini: 1, all layers alike
        raise ValueError("full_attn_mod: layers that differ by it are not described here")
    if isinstance(keys.raw("sliding_window"), list):
        return _cycled(keys, n_layers)
    return [_size(keys, "sliding_window")] * n_layers


def _cycled(keys: Keys, n_layers: int) -> Windows:
    """Return Mistral's list of windows, null for none, repeated over the layers.

    Source: https://github.com/mistralai/mistral-inference (src/mistral_inference/cache.py).
    """
    stated = keys.raw("sliding_window")
    if not stated or n_layers % len(stated):
        raise ValueError(f"sliding_window lists {len(stated)} windows for {n_layers} layers")
    sizes = [None if size is None else whole(size, "sliding_window") for size in stated]
    return sizes * (n_layers // len(sizes))


def periodic(period: int | None = None, *, first: bool = False, last: bool = False) -> Rule:
    """Return the rule by which every so many layers see everything; a key says it where None.

    It is the last of each group, or the `first`, and with `last` the model's last one too.
    """

    def windows(keys: Keys, n_layers: int) -> Windows:
        keys.understood(*PATTERN)
        if keys.raw("layer_types") is not None:
            return by_layer_types(keys, n_layers)
        window = _size(keys, "sliding_window")
        every = period or _pattern(keys)
        if window is None or every is None:
            return [None] * n_layers
        place = 0 if first else every - 1
        found = [None if i % every == place else window for i in range(n_layers)]
        return [*found[:-1], None] if last else found

    return windows


def _pattern(keys: Keys) -> int | None:
    """Return the period that a key names: a number, or letters such as LLLG."""
    stated = next((keys.raw(name) for name in PATTERN if keys.raw(name) is not None), None)
    if (
        isinstance(stated, str)
        and set(stated) == {"L", "G"}
        and stated.find("G") == len(stated) - 1
    ):
        return len(stated)
    found = keys.integer(*PATTERN)
    defaults = (keys.default(name) for name in PATTERN if found is None)
    return found or next((value for value in defaults if value is not None), None)


def flint(keys: Keys, n_layers: int) -> Windows:
    """Return Flint's windows: not in the first two layers, every fourth and the last."""
    if keys.raw("layer_types") is not None:
        return by_layer_types(keys, n_layers)
    window = _size(keys, "sliding_window")
    whole = {0, 1, n_layers - 1}
    return [None if i in whole or i % 4 == 1 else window for i in range(n_layers)]


def modernbert(keys: Keys, n_layers: int) -> Windows:
    """Return ModernBERT's windows: half of `local_attention`, in two of three layers."""
    every = keys.integer("global_attn_every_n_layers") or 3
    window = keys.integer("sliding_window") or (keys.integer("local_attention") or 128) // 2
    if keys.raw("layer_types") is not None:
        kinds = listed(keys, "layer_types", n_layers)
        return [window if kind == "sliding_attention" else None for kind in kinds]
    return [None if i % every == 0 else window for i in range(n_layers)]


def backwards(keys: Keys, n_layers: int) -> Windows:
    """Return Muse's windows: the last layer and every fourth before it see everything."""
    if keys.raw("layer_types") is not None:
        return by_layer_types(keys, n_layers)
    window = _size(keys, "sliding_window")
    return [window if (n_layers - 1 - i) % 4 else None for i in range(n_layers)]


def mpt(keys: Keys, n_layers: int) -> Windows:
    """Return MPT's windows: the same in all layers, and none at -1.

    Source: https://github.com/mosaicml/llm-foundry (llmfoundry/models/mpt/configuration_mpt.py).
    """
    name = "attn_config.sliding_window_size"
    window = None if keys.raw(name) == -1 else keys.integer(name)
    return [window] * n_layers


def listed_only(keys: Keys, n_layers: int) -> Windows:
    """Return each layer's window where `layer_types` says it; without them ValueError."""
    if keys.raw("layer_types") is None:
        raise ValueError(f"the config has no layer_types, which a {keys.model_type} needs here")
    return by_layer_types(keys, n_layers)


def by_layer_types(keys: Keys, n_layers: int) -> Windows:
    """Return each layer's window as `layer_types` and the keys of its kinds say."""
    kinds = listed(keys, "layer_types", n_layers)
    # All said by the list
    keys.understood(*PATTERN, "full_attention_interval", "max_window_layers")
    known = {*WHOLE, *WINDOW_OF}
    odd = next((kind for kind in kinds if kind not in known), None)
    if odd is not None:
        described = ", ".join(sorted({"full_attention", *WINDOW_OF}))
        raise ValueError(
            f"layer_types has {shown(odd)}, which is not described here for a "
            f"{keys.model_type or 'config without model_type'}; known: {described}"
        )
    keys.understood(*WINDOW_OF.values(), "use_sliding_window")
    _silence_states(keys)
    unused = keys.model_type in SWITCHED_NAMES and not keys.flag("use_sliding_window")
    windows: dict[str, int | None] = {}
    for kind in set(kinds):
        name = WINDOW_OF.get(kind)
        size = None if unused or name is None else _size(keys, name)
        if size is None and name and not unused:
            raise ValueError(f"layer_types has {kind}, but the config has no {name}")
        windows[kind] = size
    if "chunked_attention" in windows:
        keys.note(CHUNKS)
    return [windows[kind] for kind in kinds]


def _silence_states(keys: Keys) -> None:
    """Note keys of states that no layer has: each one attends, as the list says."""
    silent = [name for name in keys.config if STATE_KEYS.match(name)]
    keys.understood(*silent)
    if silent:
        keys.note(f"layer_types says that every layer attends: {', '.join(silent)} describe none")


def by_switch(keys: Keys, n_layers: int) -> Windows:
    """Return Qwen's windows: from `max_window_layers` on, where `use_sliding_window` is true."""
    if keys.raw("layer_types") is not None:
        return by_layer_types(keys, n_layers)
    keys.understood("sliding_window", "max_window_layers")
    return _by_qwen(keys, n_layers)


def by_chunks(keys: Keys, n_layers: int) -> Windows:
    """Return Llama 4's chunks: in the layers that have rotary positions."""
    if keys.raw("layer_types") is not None:
        return by_layer_types(keys, n_layers)
    return _by_llama4(keys, n_layers)


def by_marks(name: str, *, window: str = "sliding_window") -> Rule:
    """Return the rule by which a list marks windowed layers with 1 and whole ones with 0."""

    def windows(keys: Keys, n_layers: int) -> Windows:
        size = _size(keys, window)
        return [size if mark else None for mark in marks(keys, name, n_layers)]

    return windows


def _by_qwen(keys: Keys, n_layers: int) -> Windows:
    if not keys.flag("use_sliding_window"):
        return [None] * n_layers
    window, first = _size(keys, "sliding_window"), keys.integer("max_window_layers", least=0)
    first = keys.default("max_window_layers") or 0 if first is None else first
    return [window if i >= first else None for i in range(n_layers)]


def _by_llama4(keys: Keys, n_layers: int) -> Windows:
    chunk = _size(keys, "attention_chunk_size")
    if chunk is None:
        return [None] * n_layers
    keys.note(CHUNKS)
    if keys.raw("no_rope_layers"):  # 1: rotary and chunked; 0: no positions, the whole sequence
        found = marks(keys, "no_rope_layers", n_layers)
        return [chunk if mark else None for mark in found]
    period = keys.integer("no_rope_layer_interval") or keys.default("no_rope_layer_interval")
    return [None if (i + 1) % period == 0 else chunk for i in range(n_layers)]


def _size(keys: Keys, name: str) -> int | None:
    """Return a window: null is none, a missing key is the class default."""
    keys.understood(name)
    return keys.integer(name) if name in keys.config else keys.default(name)
