import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model import forward
from tokenworks.quantization import (
    Grid,
    awq_layer,
    awq_scales,
    fold_norms,
    layer_inputs,
    moments,
    round_layer,
    round_to_nearest,
    scale_layer,
)
from tokenworks.quantization.awq import channel_scales, scaled_error, shared_in_kv_groups
from tokenworks.quantization.folding import READERS

IDS = np.array([[3, 14, 15, 92, 65, 35, 89, 79, 32, 38]])
GRID = Grid(3, 16)


@pytest.fixture
def layer(tiny):
    return fold_norms(tiny.weights)["layers"][0]


@pytest.fixture
def inputs(tiny, layer):
    return layer_inputs(tiny.weights["embed"][jnp.asarray(IDS)], layer, tiny.spec)


def test_a_power_of_0_is_plain_rounding(tiny, layer, inputs):
    found = awq_layer(layer, inputs, spec=tiny.spec, grid=GRID, powers=1)
    for name, value in round_layer(layer, GRID).items():
        np.testing.assert_array_equal(found[name], value)


def test_the_scales_alone_leave_the_model_as_it_is(tiny):
    weights = fold_norms(tiny.weights)
    states, layers = weights["embed"][jnp.asarray(IDS)], []
    for layer in weights["layers"]:
        scales = awq_scales(
            layer, layer_inputs(states, layer, tiny.spec), spec=tiny.spec, grid=GRID
        )
        assert any((each != 1).any() for each in scales.values())
        layers.append(scale_layer(layer, scales, tiny.spec))
    found = forward({**weights, "layers": layers}, tiny.spec, IDS)
    np.testing.assert_allclose(found, forward(tiny.weights, tiny.spec, IDS), atol=2e-4)


def test_the_error_is_that_of_the_outputs():
    rng = np.random.default_rng(3)
    weights, x, scales = rng.normal(size=(8, 32)), rng.normal(size=(50, 32)), rng.uniform(1, 3, 32)
    rounded = round_to_nearest(weights * scales, GRID).values()
    wanted = np.sum(((x / scales) @ rounded.T - x @ weights.T) ** 2)
    found = scaled_error([weights], moments(x[None]).second, scales, grid=GRID)
    assert found == pytest.approx(wanted)


def test_no_input_of_a_layer_is_worse_off_than_with_plain_rounding(tiny, layer, inputs):
    scales = awq_scales(layer, inputs, spec=tiny.spec, grid=GRID)
    for reader, names in READERS.items():
        matrices = [np.asarray(layer[name], np.float64) for name in names]
        second = moments(inputs[reader]).second
        plain = scaled_error(matrices, second, np.ones(len(second)), grid=GRID)
        found = scaled_error(matrices, second, scales[reader].astype(np.float64), grid=GRID)
        assert found <= plain * (1 + 1e-6)


def test_a_loud_channel_is_protected():
    """One channel of 32 is 100 times louder than the others: a scale cuts the error."""
    rng = np.random.default_rng(4)
    weights, x = rng.normal(size=(16, 32)), rng.normal(size=(200, 32))
    x[:, 7] *= 100
    seen = moments(x[None])
    found = scaled_error([weights], seen.second, channel_scales(seen.mean_abs, 0.5), grid=GRID)
    assert found < 0.2 * scaled_error([weights], seen.second, np.ones(32), grid=GRID)


def test_scales_are_normed_and_silent_channels_keep_one():
    found = channel_scales(np.array([0.0, 1.0, 16.0]), 0.5)
    assert found.max() * found.min() == pytest.approx(1)
    np.testing.assert_allclose(found[2] / found[1], 4)
    assert found.min() > 0


def test_query_heads_of_a_group_share_the_mean(tiny_spec):
    channels = np.arange(32.0)  # 4 heads of 8, two to a KV head
    found = shared_in_kv_groups(channels, tiny_spec).reshape(4, 8)
    np.testing.assert_array_equal(found[0], np.arange(8) + 4)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[2], np.arange(16, 24) + 4)


def test_no_power_is_refused(tiny, layer, inputs):
    with pytest.raises(ValueError, match="powers must be a whole number from 1"):
        awq_scales(layer, inputs, spec=tiny.spec, grid=GRID, powers=0)
