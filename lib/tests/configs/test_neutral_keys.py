from tokenworks.configs.neutral_keys import ASIDE, FEED_FORWARD, SAID_OFF, SUBCONFIGS


def test_a_key_is_neutral_for_one_reason():
    sets = [ASIDE, FEED_FORWARD, SUBCONFIGS, SAID_OFF]
    assert sum(map(len, sets)) == len(frozenset().union(*sets))


def test_what_the_cache_depends_on_is_never_neutral():
    live = {"sliding_window", "layer_types", "num_key_value_heads", "head_dim", "kv_lora_rank"}
    assert not live & (ASIDE | FEED_FORWARD | SUBCONFIGS)
