import gguf
import jax
import numpy as np
import pytest

from tokenworks.model.checkpoint import open_gguf, read_spec, read_weights
from tokenworks.model.download import fetch
from tokenworks.specs import model_spec


def test_the_spec_comes_from_the_metadata(tiny, tiny_spec):
    assert tiny.spec == tiny_spec


@pytest.mark.model
def test_the_real_spec_is_the_row_of_the_models_table():
    reader = open_gguf(fetch())
    assert read_spec(reader) == model_spec("smollm2-135m")
    assert {t.tensor_type.name for t in reader.tensors} == {"F32", "Q4_1", "Q8_0"}


def test_weights_come_back_unpermuted_and_dequantized(tiny, stored):
    layer = tiny.weights["layers"][1]
    np.testing.assert_array_equal(layer["wo"], stored["layers.1.wo"])
    np.testing.assert_array_equal(layer["wk"], stored["layers.1.wk"])
    np.testing.assert_allclose(layer["wq"], stored["layers.1.wq"], atol=2e-3)  # F16
    spread = np.ptp(stored["embed"]), np.ptp(stored["layers.1.w_up"])
    np.testing.assert_allclose(tiny.weights["embed"], stored["embed"], atol=spread[0] / 200)
    np.testing.assert_allclose(layer["w_up"], stored["layers.1.w_up"], atol=spread[1] / 25)


def test_weights_may_be_read_in_another_dtype(tiny_path, tiny_spec):
    reader = open_gguf(tiny_path)
    assert read_weights(reader, tiny_spec, "bfloat16")["embed"].dtype == "bfloat16"


def test_ggufs_own_reader_reads_the_same(tiny_path):
    ours, theirs = open_gguf(tiny_path), gguf.GGUFReader(tiny_path)
    assert type(ours.data) is np.ndarray
    assert list(ours.fields) == list(theirs.fields)
    for name, field in theirs.fields.items():
        assert ours.fields[name].contents() == field.contents(), name
    for mine, other in zip(ours.tensors, theirs.tensors, strict=True):
        assert (mine.name, mine.tensor_type) == (other.name, other.tensor_type)
        np.testing.assert_array_equal(mine.data, other.data)


def test_no_weight_keeps_the_file_in_memory(tiny_path, tiny_spec):
    reader = open_gguf(tiny_path)
    weights = read_weights(reader, tiny_spec)
    plain = [t.data for t in reader.tensors if t.tensor_type.name == "F32"]
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(weights)]
    assert len(plain) > 3
    assert not any(np.shares_memory(leaf, data) for leaf in leaves for data in plain)


def test_another_architecture_is_named(broken_gguf):
    path = broken_gguf(architecture="qwen2")
    with pytest.raises(ValueError, match="holds a 'qwen2' model; only 'llama' can be read"):
        open_gguf(path)


@pytest.mark.parametrize("share", [0, 0.001, 0.1, 0.3, 0.6, 0.99])
def test_a_file_cut_off_anywhere_is_refused(tiny_path, tmp_path, share):
    whole = tiny_path.read_bytes()
    path = tmp_path / "cut.gguf"
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"cut\.gguf is not a readable GGUF file"):
        open_gguf(path)


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<html>not weights</html>" * 100)
    with pytest.raises(ValueError, match="is not a readable GGUF file"):
        open_gguf(path)


def test_a_damaged_header_is_refused(tiny_path, tmp_path):
    damaged = bytearray(tiny_path.read_bytes())
    damaged[8:16] = (2**60).to_bytes(8, "little")  # the tensor count
    path = tmp_path / "damaged.gguf"
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match="is not a readable GGUF file"):
        open_gguf(path)


def test_a_missing_field_and_a_missing_tensor_are_named(broken_gguf, tiny_spec):
    reader = open_gguf(broken_gguf(leave_out=("add_rope_freq_base",)))
    with pytest.raises(ValueError, match=r"no metadata field 'llama\.rope\.freq_base'"):
        read_spec(reader)
    reader = open_gguf(broken_gguf(leave_out=("layers.1.wo",)))
    with pytest.raises(ValueError, match=r"no tensor 'blk\.1\.attn_output\.weight'"):
        read_weights(reader, tiny_spec)


def test_a_tensor_of_another_shape_is_named(broken_gguf):
    reader = open_gguf(broken_gguf(add_feed_forward_length=128))
    with pytest.raises(ValueError, match=r"'blk\.0\.ffn_gate\.weight' has shape \(64, 32\)"):
        read_weights(reader, read_spec(reader))
