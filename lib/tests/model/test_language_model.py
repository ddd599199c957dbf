import gc

import jax
import pytest

from tokenworks.cost.memory import weight_bytes
from tokenworks.model import load, nbytes, read
from tokenworks.specs import model_spec


def test_a_file_is_read_once_per_process(tiny, tiny_path):
    assert read(tiny_path) is tiny
    assert repr(tiny) == "LanguageModel('tiny')"


def held_bytes():
    gc.collect()
    return sum(array.nbytes for array in jax.live_arrays())


def test_one_copy_of_the_weights_is_held(tiny_path, tiny_spec):
    before = held_bytes()
    lm = read.__wrapped__(tiny_path)  # not the one that the tests share
    assert held_bytes() - before == nbytes(lm.fused) == weight_bytes(tiny_spec, 4)
    weights = lm.weights
    assert weights["embed"] is lm.fused["embed"]
    assert weights["layers"][0]["wo"] is lm.fused["layers"][0]["wo"]
    assert held_bytes() - before > nbytes(lm.fused)
    del weights
    assert held_bytes() - before == nbytes(lm.fused)


@pytest.mark.model
def test_the_real_model_is_loaded_once(lm):
    assert load() is lm
    assert lm.spec == model_spec("smollm2-135m")
    assert lm.weights["embed"].shape == (49152, 576)
    assert len(lm.weights["layers"]) == 30
