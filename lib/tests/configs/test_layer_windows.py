"""Which layers forget, told by each family in its own way."""

import re

import pytest

from tokenworks.configs import read_attention
from tokenworks.shapes import layer_window

BASE = {
    "num_hidden_layers": 6,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 4096,
}


def windows(**config):
    spec = read_attention(BASE | config)
    return [layer_window(spec, i) for i in range(6)]


S, F, C = "sliding_attention", "full_attention", "chunked_attention"


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"model_type": "mistral", "sliding_window": 64}, [64] * 6),
        ({"model_type": "mistral", "sliding_window": None}, [None] * 6),
        ({"model_type": "mistral"}, [4096] * 6),  # the class default
        ({"model_type": "phi3"}, [None] * 6),
        ({"model_type": "gemma2", "sliding_window": 64}, [64, None] * 3),
        ({"model_type": "gpt_oss"}, [128, None] * 3),
        ({"model_type": "gemma3_text", "sliding_window": 64}, [64] * 5 + [None]),
        (
            {"model_type": "gemma3_text", "sliding_window": 64, "sliding_window_pattern": 3},
            [64, 64, None] * 2,
        ),
        ({"model_type": "cohere2", "_sliding_window_pattern": 2}, [4096, None] * 3),
        ({"model_type": "cohere2"}, [4096, 4096, 4096, None, 4096, 4096]),
        ({"model_type": "qwen2", "sliding_window": 64, "max_window_layers": 2}, [None] * 6),
        (
            {
                "model_type": "qwen2",
                "sliding_window": 64,
                "max_window_layers": 2,
                "use_sliding_window": True,
            },
            [None, None, 64, 64, 64, 64],
        ),
        ({"model_type": "qwen3", "use_sliding_window": True}, [None] * 6),  # from layer 28 on
        ({"layer_types": [F, S, S, F, S, F], "sliding_window": 64}, [None, 64, 64, None, 64, None]),
        ({"layer_types": [S] * 6, "sliding_window": 64}, [64] * 6),
        ({"model_type": "qwen2", "layer_types": [F] * 5 + [S], "sliding_window": 64}, [None] * 6),
        (
            {
                "layer_types": [C, S, F] * 2,
                "sliding_window": 64,
                "attention_chunk_size": 32,
            },
            [32, 64, None] * 2,
        ),
        ({"model_type": "llama4_text"}, [8192, 8192, 8192, None, 8192, 8192]),
        ({"model_type": "llama4_text", "attention_chunk_size": None}, [None] * 6),
        (
            {"model_type": "llama4_text", "no_rope_layers": [1, 0] * 3, "attention_chunk_size": 32},
            [32, None] * 3,
        ),
        ({"model_type": "llama4_text", "no_rope_layer_interval": 3}, [8192, 8192, None] * 2),
    ],
)
def test_each_family_says_it_in_its_own_way(config, expected):
    assert windows(**config) == expected


def test_a_window_of_an_unknown_family_is_named_and_not_guessed():
    newcomer = BASE | {"model_type": "newcomer", "sliding_window": 64}
    with pytest.raises(ValueError, match="sliding_window is set: what it means for the cache of"):
        read_attention(newcomer)
    off = newcomer | {"use_sliding_window": False}
    assert not read_attention(off).is_windowed


def test_entries_beyond_the_layers_are_those_that_guess_ahead():
    ahead = {"layer_types": [F, S] * 3 + [S, S], "sliding_window": 64}
    assert windows(num_nextn_predict_layers=2, **ahead) == [None, 64] * 3
    with pytest.raises(ValueError, match="layer_types lists 8 layers, num_hidden_layers says 6"):
        windows(num_nextn_predict_layers=1, **ahead)


def test_keys_of_a_state_describe_nothing_where_every_layer_attends():
    # as in https://huggingface.co/NexaAI/Granite-4-Micro-ANE/blob/main/utils/config.json
    granite = {"model_type": "granite", "mamba_d_state": 256, "mamba_n_heads": 128}
    notes = []
    spec = read_attention(BASE | granite | {"layer_types": ["attention"] * 6}, notes=notes)
    assert spec.n_layers == 6
    assert notes == [
        "layer_types says that every layer attends: mamba_d_state, mamba_n_heads describe none"
    ]
    with pytest.raises(ValueError, match="mamba_d_state is set"):
        read_attention(BASE | granite)


def test_letters_say_the_period():
    exaone = {"model_type": "exaone4", "sliding_window": 64, "sliding_window_pattern": "LLG"}
    assert windows(**exaone) == [64, 64, None] * 2


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"layer_types": [F] * 5}, "layer_types lists 5 layers, num_hidden_layers says 6"),
        ({"layer_types": "full"}, "layer_types lists no layers"),
        ({"layer_types": [F] * 5 + ["linear_attention"]}, "layer_types has 'linear_attention'"),
        ({"layer_types": [F] * 5 + ["mamba"]}, "layer_types has 'mamba', which is not described"),
        ({"layer_types": [F] * 5 + [["x"]]}, "layer_types has ['x']"),
        ({"layer_types": [S] * 6}, "sliding_attention, but the config has no sliding_window"),
        ({"layer_types": [C] * 6}, "chunked_attention, but the config has no attention_chunk_size"),
        ({"model_type": "mistral", "sliding_window": 0}, "sliding_window must be a whole number"),
        ({"model_type": "llama4_text", "no_rope_layers": [1]}, "no_rope_layers must be 6 times"),
        *(
            (
                {"model_type": "llama4_text", "no_rope_layers": marks},
                "no_rope_layers must be 6 times",
            )
            for marks in ([True] * 6, [1.0] * 6, [[1]] * 6, [2] * 6, "110110")
        ),
        ({"model_type": "qwen2", "use_sliding_window": "no"}, "use_sliding_window must be true or"),
    ],
)
def test_a_contradiction_names_its_key(config, complaint):
    with pytest.raises(ValueError, match=re.escape(complaint)):
        windows(**config)


@pytest.mark.parametrize(
    ("family", "says", "whole"),
    [
        ("cwm", {}, {0, 4}),
        ("granite_swa", {}, {0, 4}),
        ("afmoe", {}, {3, 7}),
        ("beam", {}, {5, 7}),
        ("kolibri1", {}, {4}),
        ("flint", {}, {0, 1, 5, 7}),
        ("vaultgemma", {}, {1, 3, 5, 7}),
        ("modernbert-decoder", {"local_attention": 128}, {0, 3, 6}),
        ("exaone_moe", {"sliding_window": None}, set(range(8))),
    ],
)
def test_each_class_has_its_own_pattern_where_no_list_says_it(family, says, whole):
    config = {"model_type": family, "num_hidden_layers": 8, "num_attention_heads": 4,
              "num_key_value_heads": 4, "head_dim": 8, "max_position_embeddings": 99}  # fmt: skip
    spec = read_attention(config | {"sliding_window": 64} | says)
    assert {i for i in range(8) if layer_window(spec, i) is None} == whole


def test_a_class_that_needs_the_list_says_so():
    config = {"model_type": "cohere2_moe", "num_hidden_layers": 4, "num_attention_heads": 4,
              "head_dim": 8, "max_position_embeddings": 99}  # fmt: skip
    with pytest.raises(ValueError, match="no layer_types, which a cohere2_moe needs"):
        read_attention(config)


def test_mpt_says_its_window_inside_of_attn_config():
    for said, expected in ((16, [16] * 6), (-1, [None] * 6)):
        attn = {"kv_n_heads": 2, "sliding_window_size": said}
        assert windows(model_type="mpt", attn_config=attn) == expected


def test_all_layers_of_phi_4_mini_are_alike():
    phi = BASE | {"model_type": "phi3", "sliding_window": 262144}
    assert read_attention(phi | {"full_attn_mod": 1}).window_tokens == 262144
    with pytest.raises(ValueError, match="full_attn_mod"):
        read_attention(phi | {"full_attn_mod": 2})
