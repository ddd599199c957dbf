"""Heads, a layer or a whole model beside the target: their parameters and their bytes."""

import pytest

from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.memory import kv_bytes, weight_bytes
from tokenworks.cost.parameters import parameter_count
from tokenworks.cost.speculation_memory import (
    draft_bytes,
    eagle_parameter_count,
    medusa_parameter_count,
)
from tokenworks.specs import chip, model_spec

LLAMA = model_spec("llama-3-70b")


def draft_plan(chips=1, model="llama-3.2-1b"):
    return served_plan(model_spec(model), chip("h100-sxm"), chips, engine="vllm", precision="bf16")


def test_medusa_heads_of_a_large_vocabulary_are_not_one_percent():
    """Printed: about 1 %. Each head has a matrix for the vocabulary of its own."""
    one = 8192 * 8192 + 8192 + 128_256 * 8192
    assert medusa_parameter_count(LLAMA, 1) == one
    assert medusa_parameter_count(LLAMA, 5) == 5 * one
    assert 2 * 5 * one == pytest.approx(11.18e9, rel=1e-3)  # bytes in bf16
    assert 5 * one / parameter_count(LLAMA) == pytest.approx(0.079, abs=0.0005)
    assert medusa_parameter_count(model_spec("llama-2-7b"), 5) / 6.738e9 > 0.1


@pytest.mark.parametrize(
    ("model", "printed"), [("llama-2-7b", 0.24), ("llama-2-13b", 0.37), ("llama-2-70b", 0.99)]
)
def test_an_eagle_draft_has_the_parameters_that_its_paper_prints(model, printed):
    assert eagle_parameter_count(model_spec(model)) / 1e9 == pytest.approx(printed, abs=0.005)


def test_a_draft_model_has_weights_and_a_cache_for_each_sequence():
    found = draft_bytes(draft_plan(), 12, 2000)
    draft = model_spec("llama-3.2-1b")
    assert found.weights == weight_bytes(draft, 2) == pytest.approx(2.47e9, rel=1e-3)
    assert found.cache == 12 * kv_bytes(draft, 2000, bytes_per_value=2)
    assert found.total == found.weights + found.cache


def test_heads_that_are_held_twice_count_twice():
    narrow = draft_bytes(draft_plan(1, "gemma-2b"), 1, 1000)  # one KV head
    shared = draft_bytes(draft_plan(4, "gemma-2b"), 1, 1000)
    assert shared.cache == 4 * narrow.cache
    assert shared.weights == narrow.weights


def test_no_head_is_refused():
    with pytest.raises(ValueError, match="heads must be a whole number greater than 0"):
        medusa_parameter_count(LLAMA, 0)
