"""Keys of a config that nobody read: what may change the cache is named, never passed over.

A key's name alone never says what it means. So an unknown family with a key that speaks of layers,
heads, loops, sharing, windows, index or state is refused with that key's name; a known family is
refused where the key is of another kind of cache, and noted otherwise. A key speaks by its name, by
a name inside it or by a word that it holds. One that does not speak and that is in no list of
published harmless keys is noted too: nothing that is unknown goes without a word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tokenworks.configs.neutral_keys import ASIDE, FEED_FORWARD, INSIDE, SAID_OFF, SUBCONFIGS
from tokenworks.configs.ordinary_keys import ORDINARY
from tokenworks.configs.reading import NESTS, Keys

NEUTRAL = ASIDE | FEED_FORWARD | SUBCONFIGS | ORDINARY
SPEAKS = re.compile(
    r"layer|block|mixer|mamba|ssm|conv|recur|rnn|rwkv|loop|repeat|shar|cross|window|sliding|swa|"
    r"local|chunk|dilat|stride|ind(ex|ic)|idx|state|linear|kda|gdn|delta|lightning|compress|pool|"
    r"sparse|attn|attention|attend|pattern|hybrid|period|interval|freq|latent|lora_rank|mla|"
    r"memory|mem_|kv|cache|global|head|group|query|mqa|gqa|interleav|encoder|decoder|step|stage|"
    r"iter|universal|depth|reuse|every|tied|tie_|span|band|token_shift|retention|retnet|hyena|fir|"
    r"lru|ema|landmark|sink|(?:^|_)cla(?:_|$)|segment|summary|evict|prun|skip|exit|pass|cycle|"
    r"alternat|dual|parallel|merge|keep|ttt|fast_weight|monarch|toeplitz|lsh|bucket|register",
    re.I,
)
OTHER_CACHE = re.compile(
    r"mamba|ssm|recur|rnn|rwkv|loop|kda|gdn|lightning|compress|state_size|index_(head|topk|n_)|"
    r"mixer|layers_block_type|block_configs|block_types|attn_type|attention_head_type|hybrid|"
    r"linear_attn|full_attention_interval|attn_layer|kv_shared|share_kv|kv_share|shared_kv|"
    r"(?:^|_)cla(?:_|$)|cross_attention|swa_|global_head|global_key_value|kv_heads_per|"
    r"heads_per_layer|is_encoder_decoder|ut_steps|conv_window|layer_group_size|full_attn|head_dim|"
    r"head_size|kv_heads|key_value_heads|multi_query|per_layer_config|reuse_kv|local_heads|num_groups|n_groups_kv",
    re.I,
)
OTHER_STATE = re.compile(
    r"mamba|ssm|rwkv|retnet|retention|rnn|recur|delta|hgrn|hyena|lightning|linear_?att|hybrid|"
    r"griffin|loop|xlstm|gla$|gated_",
    re.I,
)
FROM_CODE = ("base_model_", "attribute_map")  # plans of a class that some tools store


def _is_off(value: Any) -> bool:
    """Tell whether a value says that there is nothing: null, false, 0 or empty."""
    return not value and not isinstance(value, float)


def report_unread(keys: Keys, *, known: bool, own: Collection[str] = ()) -> None:
    """Refuse or note each key that may change the cache and that nobody has read.

    Raises ValueError with the key's name.
    """
    if not known:
        _refuse_other_states(keys)
    off: list[str] = []
    for name, value in _layer_like(keys, own):
        if _is_off(value):
            off += [name] if name not in SAID_OFF else []
        elif not known:
            raise ValueError(
                f"{name} is set: what it means for the cache of a "
                f"{keys.model_type or 'config without model_type'} is not known here"
            )
        elif any(map(OTHER_CACHE.search, (name, *_words(value, texts=False)))):
            raise ValueError(
                f"{name} is set: it speaks of another cache than that of a {keys.model_type}, "
                "which is not described here"
            )
        else:
            keys.note(f"{name} is not read: a {keys.model_type} is not known to have it")
    for name in _inside(keys):
        if not known:
            raise ValueError(f"{name} is set: what it means for the cache is not known here")
        keys.note(f"{name} is not read: a {keys.model_type} is not known to have it")
    for outer in keys.around:
        off += _report_around(keys, outer)
    if off:
        keys.note(f"taken as switched off: {', '.join(off)}")
    _note_the_rest(keys, own)
    if not known:
        family = keys.model_type or "config without model_type"
        keys.note(f"a {family} is not known here: counted as plain attention, by its keys")


def _refuse_other_states(keys: Keys) -> None:
    """Refuse an unknown family whose own name says that it is no plain attention."""
    for name in (keys.model_type, *keys.texts("architectures")):
        if OTHER_STATE.search(name):
            raise ValueError(
                f"{name} is not known here, and its name speaks of another state than a KV cache"
            )


def _inside(keys: Keys) -> Iterator[str]:
    """Yield the keys inside those that somebody has read that speak of layers and nobody has."""
    for name in keys.config:
        value = keys.config[name]
        if name not in keys.read or name in NEUTRAL or not isinstance(value, Mapping):
            continue
        for inner, held in value.items():
            dotted = f"{name}.{inner}"
            known = dotted in keys.read or inner in NEUTRAL or dotted in INSIDE
            if not known and not _is_off(held) and SPEAKS.search(f"{inner} {list(_words(held))}"):
                yield dotted


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


def _note_the_rest(keys: Keys, own: Collection[str]) -> None:
    """Name, in one note, the keys that nobody knows and whose names say nothing of layers."""
    beside = [name for outer in keys.around for name in _unknown(Keys(outer), ())]
    rest = [*_unknown(keys, own), *(name for name in beside if name not in NESTS)]
    noted = {name for part in (keys, *map(Keys, keys.around)) for name, _ in _layer_like(part, own)}
    quiet = [name for name in dict.fromkeys(rest) if name not in noted and name[:1] != "_"]
    quiet = [name for name in quiet if not SPEAKS.search(name)]
    if quiet:
        more = f" and {len(quiet) - 12} more" if len(quiet) > 12 else ""
        keys.note(f"unknown here and passed over: {', '.join(quiet[:12])}{more}")


def _layer_like(keys: Keys, own: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield the keys that speak of layers and that nobody has read, with their values."""
    for name in _unknown(keys, own):
        value = keys.config[name]
        remark = name.startswith("_")  # tools keep remarks there
        if SPEAKS.search(name) or (not remark and any(map(SPEAKS.search, _words(value)))):
            yield name, value


def _unknown(keys: Keys, own: Collection[str]) -> Iterator[str]:
    """Yield the keys that nobody has read and that no list of harmless ones has."""
    for name in keys.config:
        known = name in keys.read or name in NEUTRAL or name in own
        if not known and not name.startswith(FROM_CODE):
            yield name


def _words(value: Any, *, texts: bool = True) -> Iterator[str]:
    """Yield the names and, unless told otherwise, the texts inside a value, however deep."""
    if isinstance(value, str) and texts:
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _words(inner, texts=texts)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner, texts=texts)
