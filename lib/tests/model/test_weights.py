import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.cost.memory import weight_bytes
from tokenworks.cost.parameters import parameter_count
from tokenworks.model.weights import abstract, fuse, nbytes, split, stack
from tokenworks.shapes import layer_shapes
from tokenworks.specs import model_spec, model_specs


def test_the_cost_model_counts_the_bytes_that_the_code_holds(tiny):
    assert nbytes(tiny.weights) == weight_bytes(tiny.spec, 4)


@pytest.mark.parametrize("name", [row.name for row in model_specs()])
def test_the_cost_model_counts_every_model_at_its_true_shape(name):
    spec = model_spec(name)
    assert nbytes(abstract(spec, jnp.bfloat16)) == weight_bytes(spec, 2)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("llama-3-8b", 8_030_261_248),
        ("llama-3-70b", 70_553_706_496),
        ("llama-3-405b", 405_853_388_800),
        ("smollm2-135m", 134_515_008),
    ],
)
def test_parameter_counts_at_true_shapes(name, count):
    tree = abstract(model_spec(name), jnp.bfloat16)
    assert sum(leaf.size for leaf in jax.tree.leaves(tree)) == count
    assert parameter_count(model_spec(name)) == count


def test_bytes_of_one_llama_70b_layer():
    layer = abstract(model_spec("llama-3-70b"), jnp.bfloat16)["layers"][0]
    assert nbytes(layer) == 2 * 855_654_400


def test_stack_and_fuse_keep_every_byte(tiny):
    assert nbytes(stack(tiny.weights)) == nbytes(fuse(tiny.weights)) == nbytes(tiny.weights)
    stacked = stack(tiny.weights)["layers"]["wo"]
    np.testing.assert_array_equal(stacked[1], tiny.weights["layers"][1]["wo"])


def test_split_undoes_fuse(tiny):
    plain, again = tiny.weights, split(fuse(tiny.weights), tiny.spec)
    assert jax.tree.structure(again) == jax.tree.structure(plain)
    jax.tree.map(np.testing.assert_array_equal, again, plain)
    assert {n: w.shape for n, w in plain["layers"][0].items()} == layer_shapes(tiny.spec, 0)


def test_fused_rows_are_in_order(tiny):
    plain, fused = tiny.weights["layers"][1], fuse(tiny.weights)["layers"][1]
    rows = np.concatenate([plain["wq"], plain["wk"], plain["wv"]])
    np.testing.assert_array_equal(fused["wqkv"], rows)
    np.testing.assert_array_equal(fused["w_gate_up"][64:], plain["w_up"])
