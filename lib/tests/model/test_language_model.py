import pytest

from tokenworks.model import load, read
from tokenworks.specs import model_spec


def test_a_file_is_read_once_per_process(tiny, tiny_path):
    assert read(tiny_path) is tiny
    assert repr(tiny) == "LanguageModel('tiny')"


def test_fused_weights_are_made_once_and_share_what_is_not_fused(tiny):
    assert tiny.fused is tiny.fused
    assert tiny.fused["embed"] is tiny.weights["embed"]
    assert tiny.fused["layers"][0]["wo"] is tiny.weights["layers"][0]["wo"]


@pytest.mark.model
def test_the_real_model_is_loaded_once(lm):
    assert load() is lm
    assert lm.spec == model_spec("smollm2-135m")
    assert lm.weights["embed"].shape == (49152, 576)
    assert len(lm.weights["layers"]) == 30
