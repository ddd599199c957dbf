import jax
import numpy as np
import pytest

from tokenworks.model import advance_all, empty_cache, nbytes
from tokenworks.model.matrices import Packed, unpacked
from tokenworks.quantization import Grid, pack, quantize_weights, round_to_nearest


def drawn(rows=6, inputs=32, seed=0):
    return np.random.default_rng(seed).normal(0.1, 1, (rows, inputs)).astype(np.float32)


@pytest.mark.parametrize("kind", [{"symmetric": True}, {}, {"zero_point": True}], ids=str)
@pytest.mark.parametrize("group", [8, "channel", "tensor"])
@pytest.mark.parametrize("bits", [8, 4])
def test_what_is_packed_stands_for_the_same_values(bits, group, kind):
    matrix = round_to_nearest(drawn(), Grid(bits, group, **kind))
    packed = pack(matrix)
    assert packed.integers.nbytes == drawn().size * bits // 8
    np.testing.assert_array_equal(unpacked(packed, 32), matrix.values())


@pytest.mark.parametrize(
    ("inputs", "bits", "message"),
    [(4, 3, "one weight of 8 or two of 4 bits, got 3"), (5, 4, "a row of 5 is odd")],
)
def test_what_fills_no_bytes_is_refused(inputs, bits, message):
    with pytest.raises(ValueError, match=message):
        pack(round_to_nearest(drawn(2, inputs), Grid(bits)))


def scores(tiny, weights):
    ids = np.array([[3, 1, 4, 1, 5]], np.int32)
    return advance_all(weights, tiny.spec, ids, cache=empty_cache(tiny.spec, 5), start=0).logits


@pytest.mark.parametrize("group", [16, "channel"])
def test_a_quantized_tree_runs_nearly_the_same_model(tiny, group):
    exact = np.asarray(scores(tiny, tiny.fused))
    errors = [
        np.abs(scores(tiny, quantize_weights(tiny.fused, Grid(bits, group))) - exact).mean()
        for bits in (8, 4)
    ]
    assert 0 < errors[0] < errors[1]
    assert errors[0] < 0.05 * np.abs(exact).mean()


def test_quantized_layers_take_a_quarter_or_an_eighth_of_float32(tiny):
    whole = nbytes(tiny.fused["layers"])
    for bits, divisor in ((8, 4), (4, 8)):
        quantized = quantize_weights(tiny.fused, Grid(bits, symmetric=True))
        scales = sum(
            leaf.scales.nbytes
            for leaf in jax.tree.leaves(quantized, is_leaf=lambda x: isinstance(x, Packed))
            if isinstance(leaf, Packed)
        )
        norms = 2 * 4 * tiny.spec.d_model * tiny.spec.n_layers
        codes = nbytes(quantized["layers"]) + quantized["lm_head"].scales.nbytes - scales - norms
        assert codes == (whole - norms) // divisor
