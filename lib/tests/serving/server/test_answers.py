import json

import pytest
from scripted import ID, LM

from tokenworks.model.logprobs import Logprob, TokenLogprobs
from tokenworks.serving.server.answers import Answer, Offsets, error_event, token_text
from tokenworks.serving.server.tokens import Delta


def answer(asked, prompt_tokens=7):
    return Answer(asked, "scripted", LM.tokenizer, prompt_tokens, "1", created=2)


def read(lines):
    return [json.loads(line.removeprefix(b"data: ")) for line in lines]


def scored(text, *, top=""):
    pairs = tuple(Logprob(ID[sign.encode()], -2.0) for sign in top)
    return [TokenLogprobs(Logprob(ID[bytes([byte])], -0.5), pairs) for byte in text.encode()]


def test_a_whole_chat(ask):
    asked = ask(chat=True, n=2)
    deltas = {1: Delta(["b"], 3, stop_reason="eos"), 0: Delta(["a"], 2, stop_reason="length")}
    deltas[0].cached = 4
    message = {"role": "assistant", "content": "a", "refusal": None}
    found = answer(asked).whole(deltas)
    assert found["choices"][0] == {
        "index": 0, "message": message, "logprobs": None, "finish_reason": "length",
    }  # fmt: skip
    assert [choice["index"] for choice in found["choices"]] == [0, 1]
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    assert found["usage"] == usage | {"prompt_tokens_details": {"cached_tokens": 4}}
    assert (found["id"], found["object"], found["created"]) == ("chatcmpl-1", "chat.completion", 2)


def test_a_whole_completion(ask):
    found = answer(ask()).whole({0: Delta(["a", "b"], 2, stop_reason="stop")})
    choice = {"index": 0, "text": "ab", "logprobs": None, "finish_reason": "stop"}
    assert found["choices"] == [choice]
    assert (found["id"], found["object"], found["model"]) == (
        "cmpl-1",
        "text_completion",
        "scripted",
    )


def test_a_chat_stream_names_the_speaker_first_and_the_usage_last(ask):
    usage = {"include_usage": True}
    talk = answer(ask(chat=True, n=2, stream=True, stream_options=usage))
    first, chunk = read(talk.chunks({1: Delta(["é"], 2, cached=5)}))
    assert first["choices"][0]["index"] == chunk["choices"][0]["index"] == 1
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert chunk["choices"][0]["delta"] == {"content": "é"}
    assert (chunk["usage"], chunk["object"]) == (None, "chat.completion.chunk")
    (end,) = read(talk.chunks({1: Delta([], 1, stop_reason="eos")}))
    assert (end["choices"][0]["delta"], end["choices"][0]["finish_reason"]) == ({}, "stop")
    *counted, done = talk.last()
    assert read(counted)[0]["usage"]["completion_tokens"] == 3
    assert read(counted)[0]["usage"]["prompt_tokens_details"] == {"cached_tokens": 5}
    assert read(counted)[0]["choices"] == []
    assert done == b"data: [DONE]\n\n"


def test_no_chunk_for_half_a_character(ask):
    silent = answer(ask(stream=True))
    assert list(silent.chunks({0: Delta([], 1)})) == []
    assert silent.tokens == 1


def test_without_usage_there_is_none(ask):
    plain = answer(ask(stream=True))
    assert "usage" not in read(plain.chunks({0: Delta(["a"], 1)}))[0]
    assert list(plain.last()) == [b"data: [DONE]\n\n"]


def test_usage_in_every_chunk(ask):
    options = {"include_usage": True, "continuous_usage_stats": True}
    counting = answer(ask(stream=True, stream_options=options))
    (chunk,) = read(counting.chunks({0: Delta(["ab"], 2)}))
    assert chunk["usage"]["total_tokens"] == 9


def test_logprobs_of_a_completion(ask):
    spoken = answer(ask(logprobs=2))
    first = Delta(["a"], 3, scored("aé", top="xy"))
    (one,) = read(spoken.chunks({0: first}))
    found = one["choices"][0]["logprobs"]
    assert found["tokens"] == ["a", "bytes:\\xc3", "bytes:\\xa9"]
    assert found["token_logprobs"] == [-0.5, -0.5, -0.5]
    assert found["text_offset"] == [0, 1, 1]
    assert found["top_logprobs"][0] == {"x": -2.0, "y": -2.0, "a": -0.5}
    (two,) = read(spoken.chunks({0: Delta(["b"], 1, scored("b"))}))
    assert two["choices"][0]["logprobs"]["text_offset"] == [2]
    alone = answer(ask(logprobs=0))._choice(0, Delta(["ab"], 2, scored("ab")), part=True)
    assert alone["logprobs"]["top_logprobs"] == [{"a": -0.5}, {"b": -0.5}]


def test_logprobs_of_a_chat(ask):
    spoken = answer(ask(chat=True, logprobs=True, top_logprobs=1))
    _, chunk = read(spoken.chunks({0: Delta(["a"], 1, scored("a", top="x"))}))
    assert chunk["choices"][0]["logprobs"]["content"] == [
        {
            "token": "a",
            "logprob": -0.5,
            "bytes": [97],
            "top_logprobs": [{"token": "x", "logprob": -2.0, "bytes": [120]}],
        }
    ]


def test_an_impossible_token_has_a_number_that_json_knows(ask):
    never = TokenLogprobs(Logprob(ID[b"a"], float("-inf")), ())
    (chunk,) = read(answer(ask(logprobs=1)).chunks({0: Delta(["a"], 1, [never])}))
    assert chunk["choices"][0]["logprobs"]["token_logprobs"] == [-9999.0]


def test_offsets_count_characters():
    offsets = Offsets()
    assert [offsets.of(piece) for piece in (b"ab", "é".encode()[:1], "é".encode()[1:], b"c")] == [
        0, 2, 2, 3,
    ]  # fmt: skip


@pytest.mark.parametrize(("piece", "shown"), [(b" a", " a"), (b"\xf0\x9f", "bytes:\\xf0\\x9f")])
def test_a_token_as_text(piece, shown):
    assert token_text(piece) == shown


def test_an_error_inside_a_stream():
    assert error_event({"error": {"message": "x"}}) == b'data: {"error": {"message": "x"}}\n\n'
