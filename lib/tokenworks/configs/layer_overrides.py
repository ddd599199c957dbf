"""Configs that say for single layers what differs there: `per_layer_config` of transformers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tokenworks.configs.family import Layer, Layers
from tokenworks.configs.reading import Keys
from tokenworks.number import shown

NAME = "per_layer_config"


def with_overrides(keys: Keys, layers: Layers) -> list[Layer]:
    """Return the layers, those that `per_layer_config` names read with the values given there.

    Source: https://github.com/huggingface/transformers (PreTrainedConfig.per_layer_config).
    """
    found = layers(keys)
    if not keys.raw(NAME):
        return found
    read: dict[str, list[Layer]] = {}
    for place, values in _overrides(keys, len(found)).items():
        one = json.dumps(values, sort_keys=True, default=str)
        if one not in read:
            read[one] = _read(keys, layers, values)
            if len(read[one]) != len(found):
                raise ValueError(f"{NAME} sets another number of layers for single ones")
        found[place] = read[one][place]
    return found


def _read(keys: Keys, layers: Layers, values: Mapping[str, Any]) -> list[Layer]:
    """Return all layers as if each had these values; what nobody reads of them is as unread."""
    merged = {name: value for name, value in keys.config.items() if name != NAME}
    inner = Keys({**merged, **values}, keys.notes, keys.around)
    found = layers(inner)
    unread = sorted(set(values) - inner.read - keys.read)
    if unread:
        raise ValueError(f"{NAME} sets {unread[0]}, which is not described here for single layers")
    return found


def _overrides(keys: Keys, n_layers: int) -> dict[int, Mapping[str, Any]]:
    stated = keys.raw(NAME)
    pairs = stated.items() if isinstance(stated, Mapping) else [("", None)]
    found: dict[int, Mapping[str, Any]] = {}
    for place, values in pairs:
        good = str(place).isdigit() and int(place) < n_layers
        if not good or not isinstance(values, Mapping):
            raise ValueError(
                f"{NAME} must be an object of layers below {n_layers}, got {shown(stated)}"
            )
        found[int(place)] = values
    return found
