import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model.layers import linear, rms_norm
from tokenworks.quantization import layer_inputs, moments, output_error, quantize_layers
from tokenworks.quantization.calibration import layer_output

IDS = np.array([[3, 14, 15, 92], [65, 35, 89, 79], [32, 38, 46, 26], [1, 2, 3, 4], [9, 8, 7, 6]])


@pytest.fixture
def states(tiny):
    return tiny.weights["embed"][jnp.asarray(IDS)]


def test_what_matrices_read_gives_what_the_layer_returns(tiny, states):
    layer, spec = tiny.weights["layers"][0], tiny.spec
    read = layer_inputs(states, layer, spec)
    np.testing.assert_allclose(
        read["wq"], rms_norm(states, layer["attn_norm"], spec.norm_eps), rtol=1e-5, atol=1e-6
    )
    after = states + linear(read["wo"], layer["wo"], "highest")
    np.testing.assert_allclose(
        read["w_gate"], rms_norm(after, layer["ffn_norm"], spec.norm_eps), rtol=1e-4, atol=1e-5
    )
    out = after + linear(read["w_down"], layer["w_down"], "highest")
    np.testing.assert_allclose(out, layer_output(states, layer, spec), rtol=1e-4, atol=1e-5)


def test_moments_are_sums_in_float64():
    inputs = np.random.default_rng(0).normal(size=(3, 5, 4)).astype(np.float32)
    found = moments(inputs, skip=2)
    rows = inputs[:, 2:].reshape(-1, 4).astype(np.float64)
    np.testing.assert_allclose(found.second, sum(np.outer(x, x) for x in rows))
    np.testing.assert_allclose(found.mean_abs, np.mean(np.abs(rows), axis=0))
    assert found.tokens == 9
    assert found.second.dtype == np.float64


@pytest.mark.parametrize(
    ("inputs", "skip"),
    [(np.ones((2, 3, 4)), 3), (np.full((2, 3, 4), np.nan), 0), (np.ones((0, 3, 4)), 0)],
    ids=["all skipped", "NaN", "no window"],
)
def test_moments_of_nothing_are_refused(inputs, skip):
    with pytest.raises(ValueError, match="finite inputs of one token at least"):
        moments(inputs, skip=skip)


@pytest.mark.parametrize("sequential", [True, False])
def test_a_layer_reads_what_the_one_before_hands_on(tiny, states, sequential):
    weights, spec = tiny.weights, tiny.spec
    seen = []

    def without_ffn(layer, inputs):
        seen.append(inputs)
        return layer | {"w_down": jnp.zeros_like(layer["w_down"])}

    found = quantize_layers(weights, spec, IDS, quantize_layer=without_ffn, sequential=sequential)
    np.testing.assert_array_equal(found["layers"][1]["w_down"], 0)
    first = (found if sequential else weights)["layers"][0]
    wanted = layer_inputs(layer_output(states, first, spec), weights["layers"][1], spec)
    for name, value in wanted.items():
        np.testing.assert_allclose(seen[1][name], value, rtol=1e-4, atol=1e-5)


def test_the_error_is_that_of_the_outputs():
    rng = np.random.default_rng(2)
    weights, change, inputs = (
        rng.normal(size=(3, 4)),
        rng.normal(size=(3, 4)),
        rng.normal(size=(9, 4)),
    )
    wanted = np.sum((inputs @ change.T) ** 2) / np.sum((inputs @ weights.T) ** 2)
    found = output_error(change, weights, moments(inputs[None]).second)
    assert found == pytest.approx(wanted)
