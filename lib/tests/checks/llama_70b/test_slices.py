from dataclasses import replace

import pytest

from tokenworks.checks.llama_70b.slices import SHAPES, bytes_on_a_chip, smallest_slice
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import kv_bytes, kv_bytes_per_chip, weight_bytes
from tokenworks.cost.memory_budget import budget
from tokenworks.cost.slice_memory import model_shapes
from tokenworks.cost.slice_memory import smallest_slice as slice_of
from tokenworks.specs import chip, model_spec

MODEL, V5E = model_spec("llama-3-70b"), chip("tpu-v5e")
INT8 = Deployment(MODEL, V5E, weights="int8", kv="int8")


@pytest.mark.parametrize("chips", [1, 2, 4, 8, 16, 32, 64])
def test_a_chip_holds_what_the_budget_says(chips):
    one = kv_bytes(MODEL, 8192, bytes_per_value=1)
    held = bytes_on_a_chip(weight_bytes(MODEL, 1), one, 32, chips, MODEL.n_kv_heads)
    found = budget(replace(INT8, chips=chips), context_tokens=8192, batch=32)
    assert held == pytest.approx(found.needed_bytes)
    share = kv_bytes_per_chip(MODEL, 8192, bytes_per_value=1, tp=chips)
    assert held == pytest.approx(weight_bytes(MODEL, 1) / chips + 32 * share)


def test_the_shapes_are_those_that_can_be_rented():
    assert ["x".join(map(str, shape)) for shape in SHAPES] == model_shapes(INT8)


@pytest.mark.parametrize("weights", ["bf16", "int8", "int4"])
@pytest.mark.parametrize("batch", [1, 8, 60, 300])
def test_the_smallest_slice_is_that_of_the_cost_model(weights, batch):
    """Where no slice is nearly full: the cost model counts scales and norms as well."""
    on = replace(INT8, weights=weights)
    one = kv_bytes(MODEL, 8192, bytes_per_value=1)
    found = smallest_slice(
        SHAPES, V5E.planned_bytes, weight_bytes(MODEL, on.bytes_per_param), one, batch
    )
    shape = slice_of(on, batch=batch, context_tokens=8192)
    rows, columns = map(int, shape.split("x"))
    assert found == rows * columns
