"""The rate at which a deployment multiplies follows from its formats, as in engines."""

import itertools

import pytest

from cost.drawn import PACKED
from tokenworks.accelerator import PEAKS, Chip
from tokenworks.cost.arithmetic import (
    CACHES,
    OPERANDS,
    arithmetic_of,
    engine_activations,
)
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.step_time import prefill_seconds
from tokenworks.data.rows import load_rows
from tokenworks.specs import Format, chip, model_spec

LLAMA = model_spec("llama-3-70b")
CHIPS = load_rows(Chip, "chips.csv")
FORMATS = load_rows(Format, "formats.csv")


def rate(name, **formats):
    """Return the rate of one of eight chips, in TFLOP/s."""
    return Deployment(LLAMA, chip(name), 8, **formats).flops_per_s / 8e12


# What vLLM and llm-compressor run; the rates are those of the data sheets, written out.
@pytest.mark.parametrize(
    ("name", "formats", "expected"),
    [
        ("h100-sxm", {}, 989.4),
        ("h100-sxm", {"weights": "fp8"}, 1978.9),  # W8A8
        ("h100-sxm", {"weights": "fp8", "activations": "bf16"}, 989.4),  # W8A16
        ("a100-80gb", {"weights": "fp8"}, 312),  # no fp8 units: Marlin, W8A16
        ("tpu-v5e", {"weights": "fp8"}, 197),
        ("tpu-v7", {"weights": "fp8"}, 4614),
        ("h100-sxm", {"weights": "int8"}, 989.4),  # weight-only
        ("h100-sxm", {"weights": "int8", "activations": "int8"}, 1978.9),  # SmoothQuant
        ("tpu-v5e", {"weights": "int8", "activations": "int8"}, 393),
        ("h100-sxm", {"weights": "int4-g128"}, 989.4),  # AWQ, GPTQ
        ("h100-sxm", {"weights": "int4-g128", "activations": "int8"}, 1978.9),  # QServe, W4A8
        ("b200", {"weights": "nvfp4"}, 9000),  # W4A4
        ("b200", {"weights": "nvfp4", "activations": "fp8"}, 4500),
        ("h100-sxm", {"weights": "nvfp4"}, 989.4),  # below SM100: weight-only
        ("h100-sxm", {"weights": "mxfp4"}, 989.4),  # gpt-oss on Hopper
        ("h100-sxm", {"weights": "fp32"}, 989.4),  # no fp32 rate in the table: rounded
    ],
)
def test_the_rates_of_engines(name, formats, expected):
    assert rate(name, **formats) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "weights", "activations", "message"),
    [
        ("a100-80gb", "fp8", "fp8", "no fp8 rate is known for A100 80GB SXM, which has bf16, int8"),
        ("h100-sxm", "fp32", "fp32", "no fp32 rate is known for H100 SXM"),
        ("h100-sxm", "bf16", "fp8", "bf16 weights cannot be multiplied with fp8 activations"),
        ("h100-sxm", "int8", "fp8", "take activations in fp32, bf16, fp16, int8$"),
        ("h100-sxm", "fp8", "int8", "take activations in fp32, bf16, fp16, fp8, mxfp8$"),
        ("b200", "int4", "nvfp4", "int4 weights cannot be multiplied with nvfp4 activations"),
        ("b200", "int4", "int4", "no chip multiplies int4 activations as they are; take fp32, b"),
        ("h100-sxm", "int4-head128", "bf16", "int4-head128 is a format of caches"),
    ],
)
def test_what_no_unit_multiplies_is_refused(name, weights, *, activations, message):
    with pytest.raises(ValueError, match=message):
        arithmetic_of(weights, activations, on=chip(name))
    with pytest.raises(ValueError, match=message):
        Deployment(LLAMA, chip(name), 8, weights=weights, activations=activations)


def test_every_format_of_the_table_has_its_place():
    places = [*OPERANDS, *PACKED, *CACHES]
    assert sorted(places) == sorted(FORMATS)
    assert set(OPERANDS.values()) == set(PEAKS)


def test_engines_always_find_something_to_multiply():
    """On every chip, for all weights; never slower than bf16, never an arithmetic too narrow."""
    for on, weights in itertools.product(CHIPS.values(), [*OPERANDS, *PACKED]):
        arithmetic = arithmetic_of(weights, engine_activations(weights, on=on), on=on)
        assert on.peak(arithmetic) >= on.peak("bf16") or arithmetic == "fp32"
        width = {"fp32": 32, "bf16": 16, "fp8": 8, "int8": 8, "fp4": 4}[arithmetic]
        assert width >= min(FORMATS[weights].bits, 16)


def test_a_prompt_is_read_twice_as_fast_in_fp8():
    """A prompt of 4,096 tokens is bound by arithmetic, so its floor halves with the rate."""
    plain, narrow = (
        Deployment(LLAMA, chip("h100-sxm"), 8, weights=name, kv=name) for name in ("bf16", "fp8")
    )
    ratio = prefill_seconds(plain, 4096) / prefill_seconds(narrow, 4096)
    assert ratio == pytest.approx(1978.9 / 989.4)
