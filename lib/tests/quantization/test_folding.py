import numpy as np
import pytest

from tokenworks.model import forward
from tokenworks.quantization import Grid, fold_norms, fold_scales, round_layer, round_to_nearest
from tokenworks.quantization.folding import MATRICES, NORMS, READERS

IDS = np.array([[3, 14, 15, 92, 65, 35]])


@pytest.fixture
def weights(tiny):
    return tiny.weights


def same_model(spec, ours, theirs):
    np.testing.assert_allclose(forward(ours, spec, IDS), forward(theirs, spec, IDS), atol=2e-4)


def drawn_scales(reader, layer, spec):
    rng = np.random.default_rng(1)
    scales = rng.uniform(0.5, 2, layer[READERS[reader][0]].shape[1]).astype(np.float32)
    if reader == "wo":
        shared = scales.reshape(spec.n_kv_heads, -1, spec.d_head)
        scales = np.broadcast_to(shared[:, :1], shared.shape).reshape(-1)
    return scales


def test_norms_fold_into_what_reads_them(weights, tiny_spec):
    folded = fold_norms(weights)
    same_model(tiny_spec, folded, weights)
    for layer in folded["layers"]:
        for norm in NORMS.values():
            np.testing.assert_array_equal(layer[norm], 1)


@pytest.mark.parametrize("reader", READERS)
def test_scales_leave_the_model_as_it_is(weights, tiny_spec, reader):
    layers = [
        fold_scales(layer, reader, drawn_scales(reader, layer, tiny_spec), spec=tiny_spec)
        for layer in weights["layers"]
    ]
    same_model(tiny_spec, {**weights, "layers": layers}, weights)
    assert (np.asarray(layers[0][reader]) != np.asarray(weights["layers"][0][reader])).any()


def test_heads_that_share_values_need_one_scale(weights, tiny_spec):
    scales = np.arange(1, 33, dtype=np.float32)
    with pytest.raises(ValueError, match="share a KV head need the same scales"):
        fold_scales(weights["layers"][0], "wo", scales, spec=tiny_spec)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_a_scale_that_cannot_be_undone_is_refused(weights, tiny_spec, bad):
    scales = np.ones(32, np.float32)
    scales[3] = bad
    with pytest.raises(ValueError, match="finite and above 0"):
        fold_scales(weights["layers"][0], "wq", scales, spec=tiny_spec)


def test_every_matrix_is_rounded_and_nothing_else(weights):
    layer, grid = weights["layers"][0], Grid(4, 16)
    found = round_layer(layer, grid)
    for name, value in layer.items():
        wanted = round_to_nearest(value, grid).values() if name in MATRICES else value
        np.testing.assert_array_equal(found[name], wanted)
