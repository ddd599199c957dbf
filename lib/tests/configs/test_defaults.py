from tokenworks.configs.defaults import CLASS_DEFAULTS, class_default


def test_a_class_without_a_value_of_its_own_has_none():
    assert class_default("llama", "num_key_value_heads") is None
    assert class_default("newcomer", "head_dim") is None


def test_layer_counts_and_widths_are_never_filled_in():
    for values in CLASS_DEFAULTS.values():
        assert not {"num_hidden_layers", "hidden_size", "intermediate_size"} & set(values)
