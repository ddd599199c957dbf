from tokenworks.configs import read_cache
from tokenworks.configs.defaults import CLASS_DEFAULTS, SIZES, class_default


def test_a_class_without_a_value_of_its_own_has_none():
    assert class_default("llama", "num_key_value_heads") is None
    assert class_default("newcomer", "head_dim") is None
    assert class_default("afmoe", "head_dim") == 128


def test_layer_counts_and_widths_are_filled_in_for_nested_parts_alone():
    for values in CLASS_DEFAULTS.values():
        assert not {"num_hidden_layers", "hidden_size", "intermediate_size"} & set(values)
    for key in SIZES - {"num_attention_heads"}:
        assert class_default("llama", key) is None
    assert class_default("llama", "num_hidden_layers", nested=True) == 32


def test_a_text_part_that_leaves_out_what_is_as_in_its_class_is_counted():
    # https://huggingface.co/llava-hf/llava-1.5-7b-hf/blob/main/config.json: no sizes at all
    text = {"model_type": "llama", "max_position_embeddings": 4096, "vocab_size": 32064}
    notes = []
    cache = read_cache({"model_type": "llava", "text_config": text}, notes=notes)
    assert [(part.layers, part.values) for part in cache.parts] == [(32, 2 * 32 * 128)]
    assert "num_hidden_layers is missing: taken as 32, as transformers does" in notes
