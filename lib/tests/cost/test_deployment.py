"""A deployment multiplies what one chip has, and refuses what cannot be."""

from dataclasses import replace

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.mixed_step import Load, step_clock
from tokenworks.cost.step_time import decode_parts, prefill_flops, prefill_seconds
from tokenworks.specs import chip, model_spec

SHARE = "must be a finite number above 0 and at most 1"
FROM_0 = "must be a finite number from 0"
LLAMA, H100 = model_spec("llama-3-70b"), chip("h100-sxm")


def test_rates_are_those_of_all_chips_as_far_as_they_are_reached():
    on = Deployment(LLAMA, H100, 4, bandwidth_efficiency=0.5, compute_efficiency=0.25)
    assert on.bytes_per_s == 4 * 3.35e12 / 2
    assert on.flops_per_s == 4 * 989.4e12 / 4
    assert replace(on, weights="fp8").flops_per_s == 4 * 1978.9e12 / 4
    assert on.planned_bytes == 4 * 81_559 * 2**20


def test_the_name_says_the_formats_and_the_arithmetic():
    on = Deployment(LLAMA, H100, 4)
    assert on.label == "Llama-3 70B on 4 × H100 SXM"
    assert on.name == "Llama-3 70B in bf16 on 4 × H100 SXM"
    assert replace(on, weights="FP8", kv="fp8").name == "Llama-3 70B in fp8 on 4 × H100 SXM"
    mixed = "weights int4-g128, cache fp8, arithmetic bf16"
    narrow = replace(on, weights="int4-g128", kv="fp8")
    assert narrow.name == f"Llama-3 70B ({mixed}) on 4 × H100 SXM"
    older = replace(on, chip=chip("a100-80gb"), weights="fp8", kv="fp8")
    assert older.precision == "weights fp8, cache fp8, arithmetic bf16"


@pytest.mark.parametrize("kv", ["bf16", "int8", "int8-head128", "fp8"])
def test_attention_multiplies_what_the_cache_holds(kv):
    on = Deployment(LLAMA, H100, 8, weights="fp8", kv=kv)
    narrow = kv == "fp8"
    assert (on.arithmetic, on.attention_arithmetic) == ("fp8", "fp8" if narrow else "bf16")
    assert on.attention_flops_per_s == 8 * (1978.9e12 if narrow else 989.4e12)
    assert ("attention bf16" in on.name) != narrow
    assert replace(on, weights="int8").attention_arithmetic == "bf16"  # as the matrices
    pairs = 131_072 * 131_073 // 2 * 80
    attention = 2 * 64 * 256 * pairs  # scores and sums: 128 multiply-adds each, for every head
    matrices = prefill_flops(LLAMA, 131_072) - attention
    expected = matrices / on.flops_per_s + attention / on.attention_flops_per_s
    assert prefill_seconds(on, 131_072) == pytest.approx(expected, rel=1e-9)
    whole = Load(1, 131_072, 1, 131_072, 131_072 * 131_073 // 2, 1, 131_072 * 131_073 // 2)
    assert step_clock(on)(whole) == pytest.approx(expected, rel=1e-9)
    parts = decode_parts(on, 1000)
    assert parts.attention == 1000 * 2 * 64 * 256 * 80 / on.attention_flops_per_s


def test_formats_set_the_widths():
    on = Deployment(LLAMA, H100, weights="int4", kv="fp8")
    assert (on.bytes_per_param, on.bytes_per_value) == (0.5, 1.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"chips": 0}, "chips must be a whole number from 1, got 0"),
        ({"chips": -2}, "chips must be a whole number from 1, got -2"),
        ({"chips": True}, "chips must be a whole number from 1, got True"),
        ({"chips": 3}, "64 query heads and 8 KV heads of llama-3-70b cannot be sharded over 3"),
        (
            {"bandwidth_efficiency": 1.1},
            f"bandwidth_efficiency {SHARE}, got 1.1",
        ),
        (
            {"compute_efficiency": 0},
            f"compute_efficiency {SHARE}, got 0",
        ),
        ({"overhead_bytes": -1}, f"overhead_bytes {FROM_0}, got -1"),
        (
            {"overhead_bytes": float("nan")},
            f"overhead_bytes {FROM_0}, got nan",
        ),
        ({"fragmentation": 1}, "fragmentation must be a finite number from 0 to below 1"),
        ({"chips": 2.0}, "chips must be a whole number from 1, got 2.0"),
        ({"overhead_bytes": "1"}, f"overhead_bytes {FROM_0}, got '1'"),
        ({"activations": "fp8"}, "bf16 weights cannot be multiplied with fp8 activations"),
        (
            {"weights": "nvfp4", "activations": "nvfp4"},
            "no fp4 rate is known for H100 SXM, which has bf16, fp8, int8: nvfp4 activations",
        ),
    ],
)
def test_impossible_deployments_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(Deployment(LLAMA, H100), **changes)


@pytest.mark.parametrize("where", ["weights", "kv", "activations"])
def test_an_unknown_format_lists_the_known_ones(where):
    with pytest.raises(KeyError, match="unknown format 'fp7'; known, closest first: fp"):
        replace(Deployment(LLAMA, H100), **{where: "fp7"})
