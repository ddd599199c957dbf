from tokenworks.configs.ordinary_keys import ORDINARY
from tokenworks.configs.unread import SPEAKS


def test_an_ordinary_name_says_nothing_of_layers():
    assert [name for name in sorted(ORDINARY) if SPEAKS.search(name)] == []
    assert {"vocab_size", "hidden_act", "torch_dtype"} < ORDINARY
    assert not ORDINARY & {"expand", "causal", "num_buckets", "feature_map"}
