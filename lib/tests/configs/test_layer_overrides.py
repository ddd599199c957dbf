"""What a config says of single layers."""

import pytest

from tokenworks.configs import read_cache

PLAIN = {
    "model_type": "llama",
    "num_hidden_layers": 4,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 64,
}


def test_single_layers_are_read_with_their_own_values():
    config = PLAIN | {"per_layer_config": {"1": {"num_key_value_heads": 8}, "03": {"head_dim": 32}}}
    parts = read_cache(config).parts
    assert [(part.layers, part.heads, part.d_key) for part in parts] == [
        (2, 2, 16),
        (1, 8, 16),
        (1, 2, 32),
    ]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"1": {"num_loops": 2}}, "per_layer_config sets num_loops"),
        ({"9": {"head_dim": 8}}, "an object of layers below 4"),
        ({"1": 3}, "an object of layers below 4"),
        ([{"head_dim": 8}], "an object of layers below 4"),
        ({"1": {"num_hidden_layers": 3}}, "another number of layers"),
    ],
)
def test_what_it_cannot_say_is_refused(said, words):
    with pytest.raises(ValueError, match=words):
        read_cache(PLAIN | {"per_layer_config": said})
