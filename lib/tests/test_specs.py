"""One description of every model: names, shapes and counts of its weights."""

import math

import pytest

from tokenworks.specs import (
    ModelSpec,
    chip,
    load_rows,
    model_spec,
    price,
    weight_shapes,
)


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        ("llama-2-7b", "mha", 8192),
        ("llama-3-70b", "gqa", 2048),
        ("gemma-2b", "mqa", 512),
        ("deepseek-v3", "mla", 576),
    ],
)
def test_what_a_layer_caches(name, kind, values):
    spec = model_spec(name)
    assert (spec.attention_kind, spec.kv_values_per_layer) == (kind, values)


def test_every_model_has_only_positive_whole_dimensions():
    for spec in load_rows(ModelSpec, "models.csv").values():
        sizes = [math.prod(shape) for shape in weight_shapes(spec).values()]
        assert all(isinstance(size, int) and size > 0 for size in sizes), spec.name


@pytest.mark.parametrize(
    ("find", "name", "closest"),
    [
        (chip, "A100", "a100-80gb"),
        (chip, "tpu-v6", "tpu-v6e"),
        (model_spec, "llama-3-70", "llama-3-70b"),
        (model_spec, "gpt-oss", "gpt-oss-20b"),
        (price, "lambda-h100", "lambda-h100-sxm"),
    ],
)
def test_an_unknown_name_is_answered_with_the_closest(find, name, closest):
    with pytest.raises(KeyError, match=f"closest first: {closest},"):
        find(name)
