"""The named operations are those of the roofline library, and times are never below a floor."""

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.operations import CHOICES, PRECISIONS, chip_rates, explore, operation_at
from tokenworks.cost.roofline import (
    decode_attention_operation,
    decode_operation,
    matmul_operation,
    prefill_operation,
)
from tokenworks.specs import chip, model_spec

H100 = chip("h100-sxm")


def test_names_stand_for_the_roofline_functions():
    on = Deployment(model_spec("llama-3-8b"), H100, weights="fp8", kv="fp8")
    sizes = {"batch": 8, "context_tokens": 2048}
    assert operation_at("decode-8b", "fp8", **sizes) == decode_operation(on, 2048, batch=8)
    assert operation_at("prefill-8b", "fp8", **sizes) == prefill_operation(on, 2048, batch=8)
    narrow = matmul_operation(
        8, 8192, 8192, bytes_per_param=(4 + 20 / 128) / 8, bytes_per_activation=2
    )
    assert operation_at("matmul", "int4", **sizes) == narrow


def test_fp4_weights_share_a_scale_and_keep_an_fp8_cache():
    spec = model_spec("llama-3-70b")
    on = Deployment(spec, H100, weights="nvfp4", kv="fp8")
    assert operation_at("decode-70b", "fp4") == decode_operation(on, 4096)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_precision_multiplies_as_a_deployment_in_it_does(precision):
    named = PRECISIONS[precision]
    formats = {"weights": named.weights, "kv": named.values, "activations": named.activations}
    on = Deployment(model_spec("llama-3-70b"), chip("b200"), **formats)
    assert on.flops_per_s == chip_rates(chip("b200"), precision)["flops_per_s"]


@pytest.mark.parametrize("name", ["attention-decode", "attention-naive", "attention-flash"])
def test_a_batch_moves_no_attention(name):
    one, many = (operation_at(name, "bf16", batch=b) for b in (1, 64))
    assert many.intensity == one.intensity
    assert many.flops == 64 * one.flops


def test_decode_attention_has_the_intensity_of_its_groups():
    """Two products of two operations for each value of 2 bytes: H/K FLOP/B, 8 for 64 over 8."""
    assert operation_at("attention-decode", "bf16").intensity == 8
    assert decode_attention_operation(model_spec("llama-3-70b"), 4096).intensity == 8


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", CHOICES)
def test_no_time_is_below_either_floor(name, precision):
    known = {"h100-sxm": "fp4", "b200": None, "tpu-v5e": "fp8 fp4", "epyc-9654": "fp8 fp4 int8"}
    for on, lacks in known.items():
        if precision in (lacks or "").split():
            with pytest.raises(ValueError, match="rate is known"):
                chip_rates(chip(on), precision)
            continue
        rates = chip_rates(chip(on), precision)
        found = explore(operation_at(name, precision, batch=32), **rates)
        assert found["seconds"] >= found["flops"] / rates["flops_per_s"]
        assert found["seconds"] >= found["bytes"] / rates["bytes_per_s"]
        assert found["attainable"] <= rates["flops_per_s"] * (1 + 1e-12)
        assert found["share"] <= 1 + 1e-12


def test_the_layer_of_the_chapter():
    found = explore(operation_at("matmul", "bf16", batch=1), **chip_rates(H100, "bf16"))
    assert found["intensity"] == pytest.approx(1, abs=1e-3)
    assert found["ridge"] == pytest.approx(295.3, abs=0.05)
    assert found["seconds"] == pytest.approx(40.07e-6, rel=1e-3)
    assert found["share"] == pytest.approx(1 / 295.3, rel=2e-3)
    crowded = explore(operation_at("matmul", "bf16", batch=1024), **chip_rates(H100, "bf16"))
    assert crowded["share"] == 1


@pytest.mark.parametrize(
    ("operation", "precision", "why"),
    [
        ("attention-falsh", "bf16", "no operation 'attention-falsh'; known: decode-8b"),
        ("decod-8b", "bf16", "no operation 'decod-8b'; known: decode-8b"),
        ("matmul", "fp16", "no precision 'fp16'; known: bf16"),
    ],
)
def test_a_misspelt_choice_is_not_another_one(operation, precision, why):
    with pytest.raises(KeyError, match=why):
        operation_at(operation, precision)
