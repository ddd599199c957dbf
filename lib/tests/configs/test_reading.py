"""Files that are no config, and where a value is looked for."""

import re

import pytest

from tokenworks.configs import load_config
from tokenworks.configs.reading import Keys, text_part


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"{", "is not JSON: Expecting"),
        (b"[1]", "holds no JSON object, but a list"),
        (b"null", "holds no JSON object, but null"),
        (b'"llama"', "holds no JSON object, but a text"),
        (b"3", "holds no JSON object, but a number"),
        (b"\xff\xfe\x00", "is not a text file"),
        (b"[" * 100_000, "is not JSON that can be read"),
        (b'{"n_layer":' + b"9" * 5000 + b"}", "is not JSON that can be read"),
    ],
)
def test_a_file_that_is_no_config_says_so(tmp_path, content, complaint):
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(f"{path} {complaint}")):
        load_config(path)


def test_a_folder_and_no_file_say_so(tmp_path):
    with pytest.raises(ValueError, match=r"is a folder; name the config\.json in it"):
        load_config(tmp_path)
    with pytest.raises(ValueError, match=r"cannot read .*: No such file or directory"):
        load_config(tmp_path / "config.json")


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "config.json"
    path.write_bytes(b'\xef\xbb\xbf{"n_layer": 2}')
    assert load_config(path) == {"n_layer": 2}


def test_a_nested_part_is_of_its_parents_family_unless_it_says_otherwise():
    notes = []
    nested = text_part({"model_type": "gemma3", "text_config": {"head_dim": 8}}, notes)
    assert (nested.model_type, nested.integer("head_dim")) == ("gemma3", 8)
    assert notes == ["read from text_config: what sees or hears is not counted"]
    deep = {"thinker_config": {"text_config": {"model_type": "qwen2", "head_dim": 4}}}
    assert text_part(deep, []).model_type == "qwen2"


def test_null_is_missing_and_a_dot_looks_inside():
    keys = Keys({"n_layer": None, "num_layers": 3, "attn_config": {"kv_n_heads": 2}})
    assert keys.integer("n_layer", "num_layers") == 3
    assert keys.integer("attn_config.kv_n_heads") == 2
    assert keys.raw("num_layers.deeper") is None
