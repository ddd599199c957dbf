"""What a model caches, read off its shape."""

from dataclasses import replace

import pytest

from tokenworks.architecture import AttentionSpec
from tokenworks.specs import model_spec

PLAIN = AttentionSpec(
    name="x", label="X", n_layers=2, n_heads=8, n_kv_heads=2, d_head=64, context_tokens=1024
)


@pytest.mark.parametrize(
    ("changes", "kind", "values"),
    [
        ({}, "gqa", 2 * 2 * 64),
        ({"n_kv_heads": 8}, "mha", 2 * 8 * 64),
        ({"n_kv_heads": 1}, "mqa", 2 * 64),
        ({"kv_lora_rank": 512, "d_head_rope": 64}, "mla", 576),
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
    ],
)
def test_a_shape_that_cannot_be_is_refused(changes, complaint):
    with pytest.raises(ValueError, match=complaint):
        replace(PLAIN, **changes)


def test_a_model_is_an_attention():
    assert isinstance(model_spec("llama-3-8b"), AttentionSpec)


def test_values_of_mla_are_narrower_than_keys():
    assert model_spec("llama-3-8b").head_width == 128 + 128
    assert model_spec("deepseek-v3").head_width == (128 + 64) + 128
