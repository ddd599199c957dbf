import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model import forward
from tokenworks.quantization import (
    int8_layer,
    layer_inputs,
    outlier_layer,
    quantize_layers,
    smooth_layer,
    smoothing_scales,
    states_of,
)
from tokenworks.quantization.folding import MATRICES, NORMS
from tokenworks.quantization.int8_products import Int8Matrix, OutlierMatrix

IDS = np.array([[3, 14, 15, 92, 65, 35, 3, 14]])


@pytest.fixture
def weights(tiny):
    """The tiny model with one channel of the residual stream 100 times as large."""
    loud = tiny.weights
    return {**loud, "embed": loud["embed"].at[:, 5].multiply(100.0)}


@pytest.fixture
def first(weights, tiny_spec):
    layer = weights["layers"][0]
    return layer, layer_inputs(weights["embed"][IDS], layer, tiny_spec)


def error(spec, ours, theirs):
    found, exact = (np.asarray(states_of(each, spec)(IDS)) for each in (ours, theirs))
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


def test_smoothing_leaves_the_model_as_it_is_and_its_inputs_smoother(weights, tiny_spec, first):
    layer, inputs = first
    smoothed, after = smooth_layer(layer, inputs, spec=tiny_spec)
    model = {**weights, "layers": [smoothed, *weights["layers"][1:]]}
    np.testing.assert_allclose(
        forward(model, tiny_spec, IDS), forward(weights, tiny_spec, IDS), rtol=1e-3, atol=1e-3
    )
    found = layer_inputs(weights["embed"][IDS], smoothed, tiny_spec)
    for reader in NORMS:
        np.testing.assert_allclose(found[reader], after[reader], rtol=1e-3, atol=1e-5)
        peak, smoother = (
            np.abs(x).max() / np.median(np.abs(x)) for x in (inputs[reader], after[reader])
        )
        assert smoother < peak
    np.testing.assert_array_equal(after["w_down"], inputs["w_down"])


def test_half_strength_makes_channel_and_column_alike():
    activations, columns = np.array([100.0, 1.0, 4.0]), np.array([1.0, 0.25, 1.0])
    scales = smoothing_scales(activations, columns, 0.5)
    np.testing.assert_allclose(scales, [10, 2, 2])
    np.testing.assert_allclose(activations / scales, columns * scales)
    np.testing.assert_allclose(activations / smoothing_scales(activations, columns, 1), 1)
    np.testing.assert_allclose(columns * smoothing_scales(activations, columns, 0), 1)
    assert np.isfinite(smoothing_scales(np.zeros(3), columns, 0.5)).all()
    with pytest.raises(ValueError, match="strength must be a finite number from 0 to 1"):
        smoothing_scales(activations, columns, 1.5)


def test_each_way_replaces_all_seven_matrices(first):
    layer, inputs = first
    for made, kind in (
        (int8_layer(layer), Int8Matrix),
        (int8_layer(layer, inputs), Int8Matrix),
        (outlier_layer(layer, inputs), OutlierMatrix),
    ):
        assert all(isinstance(made[name], kind) for name in MATRICES)
        np.testing.assert_array_equal(made["attn_norm"], layer["attn_norm"])
    static = int8_layer(layer, inputs)
    assert static["w_down"].input_scale == pytest.approx(np.abs(inputs["w_down"]).max() / 127)
    assert static["wk"].input_scale == static["wq"].input_scale
    assert int8_layer(layer)["wq"].input_scale is None


def test_through_the_model_smoothing_and_kept_outliers_help(weights, tiny_spec):
    ways = {
        "static": int8_layer,
        "smoothed": lambda layer, inputs: int8_layer(*smooth_layer(layer, inputs, spec=tiny_spec)),
        "dynamic": lambda layer, inputs: int8_layer(layer),
        "outliers": lambda layer, inputs: outlier_layer(layer, inputs, threshold=3.0),
    }
    errors = {
        name: error(
            tiny_spec, quantize_layers(weights, tiny_spec, IDS, quantize_layer=way), weights
        )
        for name, way in ways.items()
    }
    assert 0 < errors["smoothed"] < errors["static"] < 0.3
    assert 0 < errors["outliers"] < errors["dynamic"] < 0.3


def test_silent_inputs_have_no_static_scale(first):
    layer, inputs = first
    silent = {name: jnp.zeros_like(each) for name, each in inputs.items()}
    with pytest.raises(ValueError, match="input_scale must be a finite number above 0"):
        int8_layer(layer, silent)
