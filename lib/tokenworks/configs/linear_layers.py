"""Hybrids of which every n-th layer attends and the others run the gated delta rule, as one shape.

A cache of other hybrids is read all the same (`read_cache`), layer by layer.
"""

from __future__ import annotations

from typing import Any

from tokenworks.configs.family import Layer
from tokenworks.configs.reading import Keys
from tokenworks.layer_cache import StatePart

DIFFERENT = "the layers of a {} keep different things: read_cache has them"
NAMES = {
    "linear_key_heads": "linear_num_key_heads",
    "linear_value_heads": "linear_num_value_heads",
    "d_linear": "linear_key_head_dim",
    "conv_kernel": "linear_conv_kernel_dim",
}


def keeps_state(layer: Layer) -> bool:
    """Tell whether a layer keeps states and nothing that grows."""
    return bool(layer) and all(isinstance(part, StatePart) for part in layer)


def linear_fields(keys: Keys, layers: list[Layer]) -> dict[str, Any]:
    """Return the fields of an AttentionSpec that say its linear layers; none where all attend.

    Linear layers of another kind, or not the same before every layer that attends: ValueError.
    """
    linear = [keeps_state(layer) for layer in layers]
    if not any(linear):
        return {}
    period = linear.index(False) + 1 if False in linear else 0
    fields = {field: keys.integer(name) or keys.default(name) for field, name in NAMES.items()}
    size = keys.integer("linear_value_head_dim") or keys.default("linear_value_head_dim")
    regular = period > 1 and linear == [bool((i + 1) % period) for i in range(len(layers))]
    if not regular or None in fields.values() or size != fields["d_linear"]:
        raise ValueError(DIFFERENT.format(keys.model_type or "this model"))
    state = fields["linear_value_heads"] * size**2
    seen = (2 * fields["linear_key_heads"] + fields["linear_value_heads"]) * size
    kept = [(state, 4), (seen * (fields["conv_kernel"] - 1), 2)]
    for layer in (layer for layer in layers if keeps_state(layer)):
        if [(part.values, part.bytes_per_value) for part in layer] != kept:  # type: ignore[union-attr]
            raise ValueError(DIFFERENT.format(keys.model_type or "this model"))
    return {"full_attention_period": period} | fields
