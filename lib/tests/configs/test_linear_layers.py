"""A hybrid's config as one shape, and hybrids that are none."""

import json
from pathlib import Path

import pytest

from tokenworks.configs import read_attention, read_cache
from tokenworks.cost.cache_memory import cache_bytes, state_bytes
from tokenworks.cost.memory import kept_state_bytes, kv_bytes

HERE = Path(__file__).parent
SERVED = {
    line["name"]: line["config"]
    for line in map(json.loads, (HERE / "whole.jsonl").read_text(encoding="utf-8").splitlines())
}
TEXT = SERVED["qwen3.5-397b-a17b"]["text_config"]
DIFFERENT = "the layers of a qwen3_5_moe_text keep different things: read_cache has them"


@pytest.mark.parametrize("name", ["qwen3.5-27b", *SERVED])
def test_a_shape_keeps_what_the_cache_says(name):
    file = HERE / f"{name}.json"
    config = SERVED[name] if name in SERVED else json.loads(file.read_text(encoding="utf-8"))
    spec, cache = read_attention(config), read_cache(config)
    assert kv_bytes(spec, 5000, bytes_per_value=2) == cache_bytes(cache, 5000, bytes_per_value=2)
    assert kept_state_bytes(spec) == state_bytes(cache)


def test_the_fields_of_a_hybrid():
    spec = read_attention(SERVED["qwen3.5-397b-a17b"])
    assert (spec.full_attention_period, spec.n_layers) == (4, 60)
    assert (spec.linear_key_heads, spec.linear_value_heads) == (16, 64)
    assert (spec.d_linear, spec.conv_kernel, spec.d_head) == (128, 4, 256)


@pytest.mark.parametrize(
    "changes",
    [
        {"layer_types": ["full_attention"] + ["linear_attention"] * 59},  # the first attends
        {"layer_types": [*TEXT["layer_types"][:-1], "linear_attention"]},  # the last does not
        {"layer_types": ["linear_attention"] * 60},
        {"linear_value_head_dim": 64},
        {"mamba_ssm_dtype": "bfloat16"},
    ],
)
def test_another_order_size_or_format_is_no_one_shape(changes):
    assert cache_bytes(read_cache(TEXT | changes), 10, bytes_per_value=2) >= 0
    with pytest.raises(ValueError, match=DIFFERENT):
        read_attention(TEXT | changes)


def test_a_hybrid_of_other_states_is_no_one_shape():
    kimi = json.loads((HERE / "kimi-k3.json").read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match="keep different things"):
        read_attention(kimi)
