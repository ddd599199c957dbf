"""Tokens of a text, and the text of tokens, over loopback."""

import json

import pytest
from scripted import ID, LM
from sites import COMPLETIONS, TALK


def test_a_prompt_and_back(echo):
    status, found = echo.post("/tokenize", {"model": "scripted", "prompt": "hé"})
    ids = [ID[b"h"], ID[b"\xc3"], ID[b"\xa9"]]
    assert status == 200
    assert found == {"count": 3, "max_model_len": 200, "tokens": ids, "token_strs": None}
    assert echo.post("/detokenize", {"tokens": ids}) == (200, {"prompt": "hé"})


def test_a_conversation_is_counted_as_a_chat_counts_it(echo):
    found = echo.post("/tokenize", TALK | {"return_token_strs": True})[1]
    asked = echo.post("/v1/chat/completions", TALK | {"max_tokens": 1})[1]
    assert found["count"] == asked["usage"]["prompt_tokens"] == len(found["tokens"])
    assert found["token_strs"][0] == "<|im_start|>"
    assert LM.tokenizer.decode(found["tokens"]).endswith("hi<|im_end|>\n<|im_start|>assistant\n")


def test_what_does_not_fit_is_counted_all_the_same(echo):
    assert echo.post(COMPLETIONS, {"prompt": "a" * 300})[0] == 400
    assert echo.post("/tokenize", {"prompt": "a" * 300})[1]["count"] == 300


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/tokenize", {}, "prompt"),
        ("/tokenize", {"prompt": ["a"]}, "prompt"),
        ("/tokenize", {"prompt": "\ud800"}, "prompt"),
        ("/tokenize", {"prompt": "a", "max_tokens": 5}, "max_tokens"),
        ("/tokenize", {"messages": [{"role": []}]}, "messages[0].role"),
        ("/detokenize", {}, "tokens"),
        ("/detokenize", {"tokens": "a"}, "tokens"),
        ("/detokenize", {"tokens": [258]}, "tokens"),
        ("/detokenize", {"tokens": [-1]}, "tokens"),
    ],
)
def test_what_is_wrong_is_named(echo, path, body, *, param):
    status, answer = echo.post(path, body)
    assert (status, answer["error"]["param"]) == (400, param)


@pytest.mark.parametrize("path", ["/tokenize", "/detokenize"])
def test_another_model_has_other_tokens(echo, path):
    body = {"prompt": "a"} if path == "/tokenize" else {"tokens": [5]}
    assert echo.post(path, body | {"model": "gpt-4"})[0] == 404


def test_a_client_that_counts_tokens_itself_is_told_the_marks(echo):
    status, raw = echo.get("/tokenizer_info")
    assert status == 200
    assert json.loads(raw) == {
        "tokenizer_class": "BPE",
        "bos_token": None,
        "eos_token": "<|im_end|>",
        "pad_token": None,
        "model_max_length": 200,
    }
