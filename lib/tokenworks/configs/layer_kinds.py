"""What kind each layer is: every family says it in its own way, by lists, letters or periods."""

from __future__ import annotations

from collections.abc import Callable

from tokenworks.configs.reading import Keys
from tokenworks.number import integer, shown

Kinds = Callable[[Keys, int], list[str]]
FULL, STATE = "full_attention", "linear_attention"


def listed(keys: Keys, name: str, n_layers: int) -> list[str]:
    """Return a list of one text a layer; entries beyond are those of layers that guess ahead."""
    kinds = keys.raw(name)
    ahead = keys.integer("num_nextn_predict_layers", least=0) or 0
    if not isinstance(kinds, list) or len(kinds) not in (n_layers, n_layers + ahead):
        count = len(kinds) if isinstance(kinds, list) else "no"
        raise ValueError(f"{name} lists {count} layers, num_hidden_layers says {n_layers}")
    odd = [kind for kind in kinds if not isinstance(kind, str)]
    if odd:
        raise ValueError(f"{name} has {shown(odd[0])}, which is not described here")
    return kinds[:n_layers]


def by_list(*names: str, otherwise: Kinds | None = None) -> Kinds:
    """Return the rule by which the first of these lists that is there names each layer's kind."""

    def kinds(keys: Keys, n_layers: int) -> list[str]:
        name = next((name for name in names if keys.raw(name) is not None), None)
        if name is not None:
            return listed(keys, name, n_layers)
        if otherwise is None:
            raise ValueError(f"the config has no {' (nor '.join(names)}{')' * (len(names) - 1)}")
        return otherwise(keys, n_layers)

    return kinds


def by_interval(name: str) -> Kinds:
    """Return the rule by which every so many layers attend, the last of each group."""

    def kinds(keys: Keys, n_layers: int) -> list[str]:
        every = keys.required(name)
        return [FULL if (i + 1) % every == 0 else STATE for i in range(n_layers)]

    return kinds


def by_group(keys: Keys, n_layers: int) -> list[str]:
    """Return Ling's and Ring's kinds: the last layer of a group attends, and what is left over.

    Later configs may hold a list of marks. Source: modeling_bailing_moe_linear_v2.py of the models,
    https://github.com/sgl-project/sglang (srt/models/bailing_moe_v3.py).
    """
    if isinstance(keys.raw("layer_group_size"), list):
        return [STATE if mark else FULL for mark in marks(keys, "layer_group_size", n_layers)]
    group = keys.required("layer_group_size")
    rest = n_layers // group * group
    return [STATE if (i + 1) % group and i < rest else FULL for i in range(n_layers)]


def by_offset(keys: Keys, n_layers: int) -> list[str]:
    """Return Jamba's kinds: one of every `attn_layer_period` layers attends."""
    period, offset = keys.required("attn_layer_period"), _offset(keys)
    return [FULL if i % period == offset else STATE for i in range(n_layers)]


def by_step(keys: Keys, n_layers: int) -> list[str]:
    """Return PLaMo 2's kinds: one of every `mamba_step` layers attends, some without a window.

    Source: https://github.com/ml-explore/mlx-lm (mlx_lm/models/plamo2.py, is_mamba).
    """
    step, middle = keys.required("mamba_step"), keys.required("mamba_step") // 2
    if keys.raw("mamba_enabled") is False:
        attends = set(range(n_layers))
    elif n_layers <= middle:
        attends = {n_layers - 1}
    else:
        attends = {i for i in range(n_layers) if i % step == middle}
    whole = places(keys, "full_attention_idx", n_layers)
    near = {i: FULL if i in whole else "sliding_attention" for i in attends}
    return [near.get(i, STATE) for i in range(n_layers)]


def zamba_kinds(keys: Keys, n_layers: int) -> list[str]:
    """Return Zamba's kinds: the third layer attends too, then one of every period."""
    later = by_offset(keys, n_layers - 3) if n_layers > 3 else []
    kinds = [STATE, STATE, "hybrid", *("hybrid" if kind == FULL else STATE for kind in later)]
    return kinds[:n_layers]


def by_kimi(keys: Keys, n_layers: int) -> list[str]:
    """Return Kimi's kinds: what `kda_layers` names keeps a state, all others attend.

    Source: https://github.com/vllm-project/vllm (vllm/transformers_utils/configs/kimi_linear.py,
    is_kda_layer).
    """
    name = "linear_attn_config.kda_layers"
    if keys.raw(name) is None:
        return by_places("linear_attn_config.full_attn_layers", first=1)(keys, n_layers)
    keys.understood("linear_attn_config.full_attn_layers")
    return by_places(name, first=1, there=STATE, elsewhere=FULL)(keys, n_layers)


def local_ids(keys: Keys, n_layers: int) -> list[str]:
    """Return Inkling's kinds: `local_layer_ids` look back a window, the others see everything."""
    if keys.raw("local_layer_ids") is None:
        return ["hybrid_sliding" if (i + 1) % 6 else "hybrid" for i in range(n_layers)]
    near = places(keys, "local_layer_ids", n_layers)
    return ["hybrid_sliding" if i in near else "hybrid" for i in range(n_layers)]


def _offset(keys: Keys) -> int:
    stated = keys.integer("attn_layer_offset", least=0)
    return keys.default("attn_layer_offset") if stated is None else stated


def by_places(name: str, *, first: int = 0, there: str = FULL, elsewhere: str = STATE) -> Kinds:
    """Return the rule by which a list holds the places of the layers that attend."""

    def kinds(keys: Keys, n_layers: int) -> list[str]:
        found = places(keys, name, n_layers, first=first)
        return [there if i in found else elsewhere for i in range(n_layers)]

    return kinds


def places(keys: Keys, name: str, n_layers: int, *, first: int = 0) -> set[int]:
    """Return the places that a list holds, from 0; one that is no layer raises ValueError."""
    found = keys.raw(name)
    found = [] if found is None else found
    good = isinstance(found, list) and all(
        (place := integer(entry)) is not None and first <= place < n_layers + first
        for entry in found
    )
    if not good:
        raise ValueError(
            f"{name} must be a list of layers below {n_layers + first}, got {shown(found)}"
        )
    return {entry - first for entry in found}


def by_letters(name: str, letters: dict[str, str], *, otherwise: Kinds) -> Kinds:
    """Return the rule by which a text has one letter a layer (Nemotron-H: M, *, - and E)."""

    def kinds(keys: Keys, n_layers: int) -> list[str]:
        text = keys.raw(name)
        if text is None:
            return otherwise(keys, n_layers)
        if not isinstance(text, str) or len(text) != n_layers or set(text) - set(letters):
            known = "".join(letters)
            raise ValueError(f"{name} must be {n_layers} letters of {known}, got {shown(text)}")
        return [letters[letter] for letter in text]

    return kinds


def by_marks(name: str, *, needed: bool = True) -> Kinds:
    """Return the rule by which a list marks the layers that attend with 1 (MiniMax).

    Where it is not `needed` and missing, all layers attend.
    """

    def kinds(keys: Keys, n_layers: int) -> list[str]:
        if keys.raw(name) is None and not needed:
            return [FULL] * n_layers
        return [FULL if mark else STATE for mark in marks(keys, name, n_layers)]

    return kinds


def marks(keys: Keys, name: str, n_layers: int) -> list[int]:
    """Return a list of 0 and 1, one a layer."""
    found = keys.raw(name)
    good = isinstance(found, list) and all(integer(mark) in (0, 1) for mark in found)
    if not good or len(found) != n_layers:
        raise ValueError(f"{name} must be {n_layers} times 0 or 1, got {shown(found)}")
    return found


def cycled(name: str, other: str) -> Kinds:
    """Return the rule by which a short list of kinds, under one of two names, is repeated."""

    def kinds(keys: Keys, n_layers: int) -> list[str]:
        found = keys.raw(other) if keys.raw(name) is None else keys.raw(name)
        if not isinstance(found, list) or not found:
            raise ValueError(f"{name} must be a list of kinds of layers, got {shown(found)}")
        return [str(found[i % len(found)]) for i in range(n_layers)]

    return kinds
