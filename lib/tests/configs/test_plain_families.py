from tokenworks.configs.plain_families import ENCODER_DECODER_NAMES, PLAIN_NAMES, SWITCHED_NAMES


def test_a_family_is_of_one_kind():
    assert not PLAIN_NAMES & SWITCHED_NAMES
    assert not ENCODER_DECODER_NAMES & (PLAIN_NAMES | SWITCHED_NAMES)
    assert {"llama", "deepseek_v3"} <= PLAIN_NAMES
