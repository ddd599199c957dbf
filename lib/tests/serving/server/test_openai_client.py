"""The real client over loopback."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import openai
import pytest
from scripted import Scripted, repeats, says

TALK = {"model": "scripted", "messages": [{"role": "user", "content": "hi"}]}
TEXT = "Grüße, 世界 😀!"


@pytest.fixture
def connect():
    """Return the way to a client; all are closed when the test ends."""
    with ExitStack() as stack:
        yield lambda here: stack.enter_context(here.client())


def test_a_chat_whole_and_streamed(site, connect):
    client = connect(site(Scripted(says(TEXT))))
    whole = client.chat.completions.create(**TALK)
    assert (whole.choices[0].message.content, whole.choices[0].finish_reason) == (TEXT, "stop")
    assert whole.usage.completion_tokens == len(TEXT.encode()) + 1
    chunks = list(
        client.chat.completions.create(**TALK, stream=True, stream_options={"include_usage": True})
    )
    said = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(said) == TEXT
    assert not any("\ufffd" in piece for piece in said)
    assert chunks[-1].usage == whole.usage


def test_a_completion_with_everything(echo, connect):
    client = connect(echo)
    answer = client.completions.create(
        model="scripted",
        prompt=["ab", "cd"],
        n=2,
        max_tokens=5,
        logprobs=2,
        seed=1,
        stop=["cdc"],
        temperature=0.5,
        top_p=0.9,
        user="somebody",
        extra_body={"top_k": 5, "min_p": 0.1, "ignore_eos": True},
    )
    assert [choice.text for choice in answer.choices] == ["ababa", "ababa", "", ""]
    assert [choice.finish_reason for choice in answer.choices] == ["length"] * 2 + ["stop"] * 2
    assert answer.choices[0].logprobs.tokens == list("ababa")
    assert answer.usage.prompt_tokens == 4


def test_streams_side_by_side_do_not_mix(echo, connect):
    client = connect(echo)

    def one(i):
        prompt = chr(ord("a") + i) * 2 + str(i)
        chunks = client.completions.create(
            model="scripted", prompt=prompt, max_tokens=40, stream=True
        )
        return prompt, "".join(chunk.choices[0].text for chunk in chunks)

    with ThreadPoolExecutor(12) as pool:
        for prompt, text in pool.map(one, range(24)):
            assert text == (prompt * 40)[:40]


@pytest.mark.parametrize(
    ("change", "error", "param"),
    [
        ({"max_tokens": 1000}, openai.BadRequestError, "max_tokens"),
        ({"model": "gpt-4"}, openai.NotFoundError, "model"),
        ({"response_format": {"type": "x"}}, openai.BadRequestError, "response_format.type"),
        ({"temperature": -1}, openai.BadRequestError, "temperature"),
        ({"extra_body": {"top_kk": 1}}, openai.BadRequestError, "top_kk"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_errors_are_the_clients_own_with_the_field(echo, connect, *, change, error, param):
    client = connect(echo)
    with pytest.raises(error) as caught:
        client.chat.completions.create(**TALK | change)
    assert caught.value.param == param


def test_a_stream_that_is_left_early_is_cancelled(site, connect):
    here = site(Scripted(repeats(), blocks=250_000, context_tokens=1_000_000))
    with connect(here).chat.completions.create(**TALK, stream=True) as chunks:
        next(chunks)
    assert here.end().stop_reason == "cancelled"


def test_logprobs_of_a_chat(site, connect):
    client = connect(site(Scripted(says("ok"))))
    answer = client.chat.completions.create(**TALK, logprobs=True, top_logprobs=3)
    tokens = answer.choices[0].logprobs.content
    assert [token.token for token in tokens] == ["o", "k", "<|im_end|>"]
    assert [len(token.top_logprobs) for token in tokens] == [3, 3, 3]
