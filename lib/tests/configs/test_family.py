"""The words that families are declared with."""

import pytest

from tokenworks.configs.family import attention, hybrid, only_states, repeated, sharing
from tokenworks.configs.reading import Keys
from tokenworks.layer_cache import StatePart

PLAIN = {"num_hidden_layers": 4, "num_key_value_heads": 2, "head_dim": 8}
STATE = (StatePart(what="state", values=9, bytes_per_value=4),)


def kinds(*found):
    return lambda keys, n_layers: list(found)


def test_a_hybrid_attends_keeps_a_state_or_nothing_or_both():
    family = hybrid(kinds("full_attention", "mamba", "moe", "hybrid"), lambda keys: STATE)
    layers = family.layers(Keys(PLAIN))
    assert [[part.what for part in layer] for layer in layers] == [
        ["attention"],
        ["state"],
        [],
        ["attention", "state"],
    ]
    odd = hybrid(kinds("x", "mamba", "moe", "mlp"), lambda keys: STATE)
    with pytest.raises(ValueError, match="a layer of kind 'x' is not described here"):
        odd.layers(Keys(PLAIN))


def test_layers_repeat_and_share():
    assert len(repeated(attention(), lambda keys: 3)(Keys(PLAIN))) == 12
    keys = Keys(PLAIN)
    shared = sharing(attention(), lambda keys, n: [True, True, False, False], "num_shared")
    assert [len(layer) for layer in shared(keys)] == [1, 1, 0, 0]
    assert keys.notes == ["2 of 4 layers read another's cache: num_shared"]


def test_a_family_without_attention_keeps_states_alone():
    assert only_states(lambda keys: STATE).layers(Keys(PLAIN)) == [STATE] * 4
