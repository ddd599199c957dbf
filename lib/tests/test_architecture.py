"""What a model caches, read off its shape."""

from dataclasses import replace

import pytest

from tokenworks.architecture import AttentionSpec
from tokenworks.specs import model_spec

PLAIN = AttentionSpec(
    name="x", label="X", n_layers=2, n_heads=8, n_kv_heads=2, d_head=64, context_tokens=1024
)

LINEAR = {
    "full_attention_period": 2,
    "linear_key_heads": 2,
    "linear_value_heads": 4,
    "d_linear": 8,
    "conv_kernel": 4,
}


@pytest.mark.parametrize(
    ("changes", "kind", "values"),
    [
        ({}, "gqa", 2 * 2 * 64),
        ({"n_kv_heads": 8}, "mha", 2 * 8 * 64),
        ({"n_kv_heads": 1}, "mqa", 2 * 64),
        ({"kv_lora_rank": 512, "d_head_rope": 64}, "mla", 576),
        ({"kv_lora_rank": 512, "d_head_rope": 64, "d_index": 128}, "mla", 704),
    ],
)
def test_kinds_of_attention(changes, kind, values):
    spec = replace(PLAIN, **changes)
    assert (spec.attention_kind, spec.kv_values_per_layer) == (kind, values)


def test_windows_of_either_description_are_seen():
    assert not PLAIN.is_windowed
    assert replace(PLAIN, window_tokens=128).is_windowed
    assert replace(PLAIN, layer_windows=(None, 128)).is_windowed
    assert not replace(PLAIN, layer_windows=(None, None)).is_windowed
    with pytest.raises(ValueError, match="x: 1 layer windows for 2 layers"):
        replace(PLAIN, layer_windows=(128,))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"n_kv_heads": 3}, "x: 3 KV heads do not divide 8 query heads"),
        ({"n_kv_heads": 16}, "x: 16 KV heads do not divide 8 query heads"),
        ({"n_kv_heads": 0}, "x: n_kv_heads must be a whole number from 1, got 0"),
        ({"n_layers": True}, "x: n_layers must be a whole number from 1, got True"),
        ({"window_tokens": 0}, "x: window_tokens must be a whole number from 1, got 0"),
        ({"full_attention_period": 2}, "x: a hybrid needs all of full_attention_period, linear_"),
        ({**LINEAR, "conv_kernel": 0}, "x: a hybrid needs all of"),
        (LINEAR | {"full_attention_period": None}, "x: a hybrid needs all of"),
        (LINEAR | {"full_attention_period": 3}, "full_attention_period 3 needs as many layers"),
        (LINEAR | {"full_attention_period": 1}, "full_attention_period 1 needs as many layers"),
        (LINEAR | {"window_tokens": 8}, "full_attention_period 2 needs .* no windows"),
        (LINEAR | {"linear_value_heads": 3}, "x: 2 linear key heads do not divide 3 value heads"),
        ({"d_index": 128}, "x: d_index is described for latents in every layer alone"),
    ],
)
def test_a_shape_that_cannot_be_is_refused(changes, complaint):
    with pytest.raises(ValueError, match=complaint):
        replace(PLAIN, **changes)


def test_an_indexer_needs_all_its_parts():
    glm = model_spec("glm-5")
    for part in ({"index_heads": 0}, {"index_top_tokens": None}, {"d_index": 0}):
        with pytest.raises(ValueError, match="glm-5: an indexer needs d_index, index_heads, "):
            replace(glm, **part)
    with pytest.raises(ValueError, match="index_top_tokens must be a whole number from 1, got 0"):
        replace(glm, index_top_tokens=0)


def test_a_model_is_an_attention():
    assert isinstance(model_spec("llama-3-8b"), AttentionSpec)


def test_values_of_mla_are_narrower_than_keys():
    assert model_spec("llama-3-8b").head_width == 128 + 128
    assert model_spec("deepseek-v3").head_width == (128 + 64) + 128
