import pytest

from tokenworks.configs import read_cache
from tokenworks.configs.families import FAMILIES
from tokenworks.configs.no_cache import NO_CACHE

SIZES = {"num_hidden_layers": 12, "num_attention_heads": 12, "hidden_size": 768}


def test_encoders_and_undescribed_states_are_told_apart():
    with pytest.raises(ValueError, match="a modernbert keeps no cache: it reads a text once"):
        read_cache(SIZES | {"model_type": "modernbert"})
    with pytest.raises(ValueError, match="a rwkv7 keeps a state, not a cache"):
        read_cache(SIZES | {"model_type": "rwkv7"})


def test_an_unknown_encoder_is_known_by_its_head():
    newcomer = SIZES | {"model_type": "newcomer", "architectures": ["NewForMaskedLM"]}
    with pytest.raises(ValueError, match="NewForMaskedLM is an encoder and keeps no cache"):
        read_cache(newcomer)


def test_an_encoder_that_is_run_as_a_decoder_keeps_one():
    decoder = SIZES | {"model_type": "bert", "is_decoder": True, "max_position_embeddings": 512}
    assert read_cache(decoder).parts[0].layers == 12


def test_no_name_is_in_two_places():
    encoders = {name for names in NO_CACHE.values() for name in names}
    assert not encoders & set(FAMILIES)
