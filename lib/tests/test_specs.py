"""One description of every model: names, shapes and counts of its weights."""

import math

import pytest

from tokenworks.shapes import weight_shapes
from tokenworks.specs import (
    Format,
    Workload,
    chip,
    chip_named,
    model_spec,
    model_specs,
    number_format,
    price,
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
    for spec in model_specs():
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


def test_slices_are_read_from_the_table():
    assert chip("tpu-v5e").slices[:4] == (1, 4, 8, 16)
    assert chip("h100-sxm").slices == (1, 2, 4, 8)


def test_a_format_shares_its_scales_among_a_group():
    assert number_format("bf16").bytes_per_value == 2
    made = Format("x", "X", 4.0, "https://example.org", "2026-11-21", 32, 16.0, 16.0)
    assert made.bytes_per_value == (4 + 32 / 32) / 8


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ((0, 1), "prompt_tokens must be a whole number from 1, got 0"),
        ((5, 0), "output_tokens must be a whole number from 1, got 0"),
        ((5, -3), "output_tokens must be a whole number from 1, got -3"),
        ((5, 3, True), "batch must be a whole number from 1, got True"),
    ],
)
def test_a_request_of_nothing_is_refused(given, complaint):
    with pytest.raises(ValueError, match=complaint):
        Workload(*given)


def test_a_chip_is_found_by_how_its_name_begins():
    assert chip_named("h100").name == "h100-sxm"
    assert chip_named(" A100 ").name == "a100-80gb"
    assert chip_named("b200").name == "b200"
    with pytest.raises(ValueError, match="'tpu-v5' is the beginning of 2 chips: tpu-v5e, tpu-v5p"):
        chip_named("tpu-v5")
    for unknown in ("", "zzz"):
        with pytest.raises(KeyError, match="known, closest first"):
            chip_named(unknown)
