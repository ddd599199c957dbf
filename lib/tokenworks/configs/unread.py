"""Keys of a config that nobody read: what may change the cache is named, never passed over.

A key's name alone never says what it means. So an unknown family with a key that speaks of layers,
heads, loops, sharing, windows, index or state is refused with that key's name; a known family is
refused where the key is of another kind of cache, and noted otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from typing import Any

from tokenworks.configs.neutral_keys import ASIDE, FEED_FORWARD, SAID_OFF, SUBCONFIGS
from tokenworks.configs.reading import NESTS, Keys

NEUTRAL = ASIDE | FEED_FORWARD | SUBCONFIGS
SPEAKS = re.compile(
    r"layer|block|mixer|mamba|ssm|conv|recur|rnn|loop|repeat|shar|cross|window|sliding|swa|local|"
    r"chunk|dilat|stride|ind(ex|ic)|idx|state|linear|kda|gdn|delta|lightning|compress|pool|sparse|"
    r"attn|attention|attend|pattern|hybrid|period|interval|freq|latent|lora_rank|mla|memory|mem_|"
    r"kv|cache|global|head|group|query|mqa|gqa|interleav|encoder|decoder|step|stage|iter|universal|"
    r"depth|reuse|every|tied|tie_|span|band|token_shift|retention|hyena|fir|lru|ema|landmark|sink|"
    r"(?:^|_)cla(?:_|$)|segment|summary|evict|prun|skip|exit|pass|cycle|alternat|dual|parallel|merge|keep",
    re.I,
)
OTHER_CACHE = re.compile(
    r"mamba|ssm|recur|rnn|loop|kda|gdn|lightning|compress|state_size|index_(head|topk|n_)|mixer|"
    r"layers_block_type|block_configs|block_types|attn_type|attention_head_type|hybrid|linear_attn|"
    r"full_attention_interval|attn_layer|kv_shared|share_kv|kv_share|shared_kv|(?:^|_)cla(?:_|$)|cross_attention|"
    r"swa_|global_head|global_key_value|kv_heads_per|heads_per_layer|is_encoder_decoder|ut_steps|"
    r"conv_window|layer_group_size|full_attn|head_dim|head_size|kv_heads|key_value_heads|multi_query",
    re.I,
)


def _is_off(value: Any) -> bool:
    """Tell whether a value says that there is nothing: null, false, 0 or empty."""
    return not value and not isinstance(value, float)


def report_unread(keys: Keys, *, known: bool, own: tuple[str, ...] = ()) -> None:
    """Refuse or note each key that speaks of the cache and that nobody has read.

    Raises ValueError with the key's name.
    """
    off: list[str] = []
    for name, value in _layer_like(keys, own):
        if _is_off(value):
            off += [name] if name not in SAID_OFF else []
        elif not known:
            raise ValueError(
                f"{name} is set: what it means for the cache of a "
                f"{keys.model_type or 'config without model_type'} is not known here"
            )
        elif OTHER_CACHE.search(name):
            raise ValueError(
                f"{name} is set: it speaks of another cache than that of a {keys.model_type}, "
                "which is not described here"
            )
        else:
            keys.note(f"{name} is not read: a {keys.model_type} is not known to have it")
    for outer in keys.around:
        off += _report_around(keys, outer)
    if off:
        keys.note(f"taken as switched off: {', '.join(off)}")


def _report_around(keys: Keys, outer: Mapping[str, Any]) -> list[str]:
    """Note what a config says around its text part, and return what it switches off there."""
    off: list[str] = []
    for name, value in _layer_like(Keys(outer), ()):
        if name in keys.config:
            continue  # the part that is read says it itself
        if _is_off(value):
            off += [name] if name not in SAID_OFF else []
        elif name not in NESTS:
            keys.note(f"{name} stands beside the part that is read, and is not read")
    return off


def _layer_like(keys: Keys, own: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield the keys that speak of layers and that nobody has read, with their values."""
    for name, value in keys.config.items():
        if name in keys.read or name in NEUTRAL or name.startswith("_"):
            continue
        if any(fnmatch(name, pattern) for pattern in own):
            continue
        inside = list(_names(value))
        if SPEAKS.search(name) or any(SPEAKS.search(inner) for inner in inside):
            yield name, value


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _names(inner)
