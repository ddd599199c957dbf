"""A model as a server runs it: its bytes, and what cannot be."""

import pytest

from tokenworks.cost.memory import step_weight_bytes, weight_bytes
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.specs import chip, model_spec

H100 = chip("h100-sxm")


def test_weights_in_16_bits_are_those_of_the_model():
    for name in ("llama-3-70b", "qwen3-235b-a22b", "deepseek-v3", "qwen3.5-397b-a17b"):
        model = model_spec(name)
        assert ServingPlan(model, H100, 8).weight_bytes == pytest.approx(weight_bytes(model, 2))


def test_each_part_has_its_format():
    model = model_spec("llama-3-70b")
    plan = ServingPlan(model, H100, 8, attention="fp8", dense="fp8")
    tables = 2 * 2 * model.vocab_size * model.d_model
    assert plan.weight_bytes == pytest.approx(
        (weight_bytes(model, 2) - tables) / 2 + tables, rel=1e-4
    )


@pytest.mark.parametrize("tokens", [1, 16, 512])
def test_a_step_reads_the_experts_that_it_touches(tokens):
    model = model_spec("deepseek-v3")
    plan = ServingPlan(model, H100, 8)
    assert plan.step_read_bytes(tokens) == pytest.approx(
        step_weight_bytes(model, 2, tokens), rel=1e-6
    )


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"engine": "ollama"}, "engine 'ollama' is not known; known: vllm, sglang, trtllm"),
        ({"cache": "fp3"}, "a cache in 'fp3' is not known"),
        ({"dense": "fp7"}, "dense: 'fp7' is no format of a kernel"),
        ({"dense": "nvfp4"}, "no fp4 rate is known for H100 SXM"),
        ({"chips": 0}, "chips must be a whole number from 1"),
        ({"chips": 8, "attention_data_parallel": 3}, "3 groups of attention do not divide 8 chips"),
        ({"chips": 3}, "cannot be sharded over 3 chips"),
    ],
)
def test_what_cannot_be_is_refused(changes, complaint):
    with pytest.raises(ValueError, match=complaint):
        ServingPlan(model_spec("llama-3-70b"), H100, **changes)


def test_key_value_heads_that_cannot_be_shared_out_are_refused_too():
    """48 query heads go over six chips, eight KV heads do not."""
    with pytest.raises(ValueError, match="cannot be sharded over 6 chips; take 1, 2, 4, 8"):
        ServingPlan(model_spec("minimax-m2.5"), chip("h200-sxm"), 6)
