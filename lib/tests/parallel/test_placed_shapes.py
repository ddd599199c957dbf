import jax
import numpy as np
import pytest
from jax.sharding import Mesh

from tokenworks.cost.parameters import kept_parameter_count, parameter_count
from tokenworks.parallel.placed_shapes import held_bytes, in_two, mesh_axes, step_shapes
from tokenworks.specs import model_spec

SPEC = model_spec("llama-3-70b")
FORMATS = {"bf16": 2, "int8": 1, "fp8": 1, "int4": 0.5}


ONE = Mesh(np.array(jax.devices()[:1]).reshape(1, 1, 1), ("data", "tensor", "context"))
STEP = {"weights": "int8", "kv": "int8", "batch": 4, "context": 128}


@pytest.mark.parametrize("stored", FORMATS)
def test_the_weights_take_the_bytes_that_arithmetic_counts_and_those_of_the_scales(stored):
    found = step_shapes(SPEC, ONE, **STEP | {"weights": stored}).weights
    kept = kept_parameter_count(SPEC, ("embed", "head", "vectors"))
    counted = FORMATS[stored] * (parameter_count(SPEC) - kept) + 2 * kept
    rows = 80 * (8192 * 3 + 2 * 1024 + 2 * 28672)  # of wq, wo and w_down, of wk and wv, of two more
    assert held_bytes(found) == counted + (2 * rows if stored != "bf16" else 0)


@pytest.mark.parametrize(("kv", "each"), [("bf16", 2), ("fp8", 1), ("int8", 1 + 2 / 128)])
def test_the_cache_takes_a_scale_a_head_where_it_is_of_integers(kv, each):
    cache = step_shapes(SPEC, ONE, **STEP | {"kv": kv}).cache
    assert held_bytes(cache) == 4 * 128 * 2 * 80 * 8 * 128 * each


@pytest.mark.parametrize(
    ("chips", "data", "axes"),
    [
        (1, 1, (1, 1, 1)),
        (8, 1, (1, 8, 1)),
        (16, 1, (1, 8, 2)),
        (16, 2, (2, 8, 1)),
        (4, 2, (2, 2, 1)),
    ],
)
def test_chips_beyond_the_kv_heads_share_them(chips, data, axes):
    assert mesh_axes(SPEC, chips, data=data) == dict(
        zip(("data", "tensor", "context"), axes, strict=True)
    )


def test_layers_in_two_stacks_are_all_layers():
    whole, halves = step_shapes(SPEC, ONE, **STEP), in_two(step_shapes(SPEC, ONE, **STEP))
    assert held_bytes(halves.weights) == held_bytes(whole.weights)
    assert held_bytes(halves.cache) == held_bytes(whole.cache)
    assert [part["wq"].codes.shape[0] for part in halves.weights["layers"]] == [40, 40]


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"weights": "int3"}, "weights='int3' is none of bf16, int8, int4, fp8"),
        ({"kv": "int4"}, "kv='int4' is none of bf16, int8, fp8"),
        ({"kv_cut": "x"}, "kv_cut='x' is none of copies, sequence"),
        ({"batch": 0}, "batch"),
    ],
)
def test_what_does_not_exist_is_refused(changed, complaint):
    with pytest.raises(ValueError, match=complaint):
        step_shapes(SPEC, ONE, **STEP | changed)


def test_models_and_meshes_that_do_not_go_together_are_refused():
    with pytest.raises(ValueError, match="take a divisor of 16"):
        mesh_axes(SPEC, 16, data=3)
    with pytest.raises(ValueError, match="cannot be sharded over 3"):
        mesh_axes(SPEC, 3)
    with pytest.raises(ValueError, match="runs dense Llamas only"):
        step_shapes(model_spec("mixtral-8x7b"), ONE, **STEP)
