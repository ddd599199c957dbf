"""Files that are no config, and where a value is looked for."""

import copy
import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenworks.configs import load_config, read_cache, read_model
from tokenworks.configs.quantization import kept_parts
from tokenworks.configs.reading import Keys, text_part

HERE = Path(__file__).parent
PUBLISHED = [json.loads(path.read_text()) for path in sorted(HERE.glob("*.json"))]
PUBLISHED += [
    json.loads(line)["config"] for line in (HERE / "published.jsonl").read_text().splitlines()
]


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


BROKEN = st.sampled_from(
    [
        *(None, True, -1, 0, 10**30, 1.5, math.nan, "x", "", "MM*", "auto", "1"),
        *([], [None], [1], ["x"], [[1]], [{}], ["x"] * 90, {}, {"a": 1}),
    ]
)


@st.composite
def broken(draw):
    """Return a published config of which one value, at any depth, is another one."""
    config = inner = copy.deepcopy(draw(st.sampled_from(PUBLISHED)))
    while (nests := [key for key in inner if isinstance(inner[key], dict) and inner[key]]) and (
        draw(st.booleans())
    ):
        inner = inner[draw(st.sampled_from(nests))]
    key = draw(st.sampled_from(sorted(inner)))
    value = draw(BROKEN)
    if isinstance(inner[key], list) and inner[key] and draw(st.booleans()):
        inner[key][draw(st.integers(0, len(inner[key]) - 1))] = value
    else:
        inner[key] = value
    return config


@given(broken())
@settings(max_examples=400)
def test_a_broken_value_is_read_or_refused_in_one_line(config):
    for read in (read_cache, read_model, lambda config: kept_parts(config, notes=[])):
        refusal = ""
        try:
            read(config)
        except ValueError as error:
            refusal = str(error)
        assert "\n" not in refusal
        assert len(refusal) < 400


def test_a_part_must_be_an_object_and_a_list_of_texts_one():
    keys = Keys({"a": {"b": 3}, "c": [1], "d": None, "e": ["x"]})
    assert (keys.inner("a").integer("b"), keys.inner("d").config) == (3, {})
    assert (keys.texts("e"), keys.texts("d")) == (["x"], [])
    with pytest.raises(ValueError, match=re.escape("c must be an object, got [1]")):
        keys.inner("c")
    with pytest.raises(ValueError, match=re.escape("c must be a list of texts, got [1]")):
        keys.texts("c")


def test_parts_that_have_the_key_and_are_not_read_are_named():
    inner = {"num_hidden_layers": 12, "num_attention_heads": 12, "hidden_size": 768}
    both = {"model_type": "vision-encoder-decoder", "encoder": inner, "decoder": inner}
    with pytest.raises(ValueError, match="; its encoder and decoder are not read here"):
        read_cache(both)


def test_a_text_part_may_be_two_deep():
    inner = {"model_type": "gemma", "num_hidden_layers": 18, "num_attention_heads": 8,
             "num_key_value_heads": 1, "hidden_size": 2048}  # fmt: skip
    config = {"model_type": "pi0", "vlm_config": {"model_type": "paligemma", "text_config": inner}}
    (part,) = read_cache(config).parts
    assert (part.layers, part.heads, part.d_key) == (18, 1, 256)
