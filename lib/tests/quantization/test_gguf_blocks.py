import gguf
import numpy as np
import pytest

from tokenworks.model import fetch
from tokenworks.quantization import Grid, from_gguf, round_to_nearest, to_gguf
from tokenworks.quantization.gguf_blocks import GRIDS
from tokenworks.specs import number_format

KINDS = {name: gguf.GGMLQuantizationType[name.upper()] for name in GRIDS}


def drawn(rows=6, inputs=96, seed=0):
    return np.random.default_rng(seed).normal(0.1, 1, (rows, inputs)).astype(np.float32)


@pytest.mark.parametrize("name", GRIDS)
def test_what_gguf_wrote_is_read_as_gguf_reads_it(name):
    data = gguf.quantize(drawn(), KINDS[name])
    found = from_gguf(data, name)
    np.testing.assert_array_equal(found.values(), gguf.dequantize(data, KINDS[name]))
    assert found.bytes == data.nbytes == number_format(name).bytes_per_value * found.codes.size
    np.testing.assert_array_equal(to_gguf(found), data)


@pytest.mark.parametrize("name", GRIDS)
def test_what_is_rounded_here_is_read_by_gguf_and_is_as_near(name):
    weights = drawn()
    ours = round_to_nearest(weights, GRIDS[name])
    data = to_gguf(ours)
    np.testing.assert_array_equal(gguf.dequantize(data, KINDS[name]), ours.values())
    theirs = gguf.dequantize(gguf.quantize(weights, KINDS[name]), KINDS[name])
    errors = [np.square(values - weights).sum() for values in (ours.values(), theirs)]
    assert errors[0] <= errors[1] * 1.001


def test_other_formats_grids_and_sizes_are_refused():
    with pytest.raises(ValueError, match=r"4 bits asymmetric \(q4_1\) .* got 'q4_0'"):
        from_gguf(np.zeros((1, 18), np.uint8), "q4_0")
    with pytest.raises(ValueError, match="8 bits symmetric"):
        to_gguf(round_to_nearest(drawn(), Grid(4, 16)))
    with pytest.raises(ValueError, match="rows of 33 bytes are no whole number of 34-byte blocks"):
        from_gguf(np.zeros((1, 33), np.uint8), "q8_0")


@pytest.mark.model
def test_the_shipped_file_is_of_these_two_and_its_embedding_of_eight_bits(lm):
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(fetch()).tensors}
    matrices = [tensor for tensor in tensors.values() if tensor.name.startswith("blk.")]
    kinds = {tensor.tensor_type.name for tensor in matrices if tensor.data.ndim == 2}
    assert kinds == {"Q4_1"}
    embedding = tensors["token_embd.weight"]
    assert embedding.tensor_type.name == "Q8_0"
    found = from_gguf(embedding.data[:512], "q8_0").values()
    np.testing.assert_array_equal(found, lm.fused["embed"][:512])
    np.testing.assert_array_equal(round_to_nearest(found, GRIDS["q8_0"]).values(), found)
    down = tensors["blk.11.ffn_down.weight"]
    np.testing.assert_array_equal(
        from_gguf(down.data, "q4_1").values(), lm.fused["layers"][11]["w_down"]
    )
