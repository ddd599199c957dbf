"""Completions and chats over loopback, as a plain HTTP client sees them."""

import asyncio
import http.client
import json
import socket
import threading
import time
from contextlib import ExitStack, closing
from functools import partial
from types import SimpleNamespace

import loops
import pytest
from scripted import ID, LM, Scripted, echoes, repeats, says
from sites import CHAT, COMPLETIONS, TALK, WAIT_SECONDS, begin, events
from starlette.requests import ClientDisconnect

from tokenworks.serving.server.completions import Completions


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (COMPLETIONS, b"{", 400, "invalid_json"),
        (COMPLETIONS, b"\xff", 400, "invalid_json"),
        (CHAT, b"[]", 400, "invalid_json"),
        (COMPLETIONS, {"prompt": "a" * 201}, 400, "context_length_exceeded"),
        (COMPLETIONS, {"prompt": "a" * 20_000}, 400, "context_length_exceeded"),
        (COMPLETIONS, {"prompt": "a", "max_tokens": 200}, 400, "context_length_exceeded"),
        (COMPLETIONS, {"prompt": "a", "model": "x"}, 404, "model_not_found"),
        (CHAT, {"messages": [], "stream": True}, 400, None),
        (COMPLETIONS, {"prompt": "a" * 100_001}, 413, None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_served_is_refused_and_costs_nothing(echo, path, body, *, status, code):
    found, answer = echo.post(path, body)
    assert (found, answer["error"]["code"]) == (status, code)
    assert set(answer["error"]) == {"message", "type", "param", "code"}
    assert echo.post(COMPLETIONS, {"prompt": "ok", "max_tokens": 2})[0] == 200


def test_a_stream_ends_with_done_and_sends_each_token_when_it_is_made(site):
    engine = Scripted(says("hé!"), gate=threading.Semaphore(0))
    here = site(engine)
    with here.send(CHAT, TALK | {"stream": True}) as response:
        assert response.getheader("content-type") == "text/event-stream; charset=utf-8"
        chunks, said = events(response), []
        for steps in (1, 2, 1):  # é is two tokens and one character
            engine.gate.release(steps)
            if not said:
                assert json.loads(next(chunks))["choices"][0]["delta"]["role"] == "assistant"
            said.append(json.loads(next(chunks))["choices"][0]["delta"]["content"])
        assert said == ["h", "é", "!"]
        engine.gate.release(1)
        assert json.loads(next(chunks))["choices"][0]["finish_reason"] == "stop"
        assert list(chunks) == [b"[DONE]"]


@pytest.mark.parametrize(
    ("given", "kept"), [("my-7.a:b", True), ("", False), ("a b", False), ("x" * 65, False)]
)
def test_a_client_may_name_its_request(site, given, kept):
    here = site(Scripted(echoes))
    with closing(here.connect()) as connection:
        body = json.dumps({"prompt": "hi", "n": 2})
        connection.request("POST", COMPLETIONS, body, {"x-request-id": given})
        with connection.getresponse() as response:
            name = json.load(response)["id"].removeprefix("cmpl-")
    assert (name == given) is kept
    assert {here.end().id, here.end().id} == {name, f"{name}-1"}


def test_special_tokens_are_not_in_a_text_unless_it_is_asked_for(site):
    ids = [ID[b"a"], LM.tokenizer.eos_id, ID[b"b"]]
    here = site(Scripted(lambda request: ids[len(request.output_ids) % 3]))
    body = {"prompt": "x", "max_tokens": 5, "ignore_eos": True}
    shown = {"skip_special_tokens": False}
    for asked, text in ((body, "aba"), (body | shown, "a<|im_end|>ba<|im_end|>")):
        answer = here.post(COMPLETIONS, asked)[1]
        assert answer["choices"][0]["text"] == text
        assert answer["usage"]["completion_tokens"] == 5


def test_an_echo_is_the_prompt_before_its_answer(echo):
    body = {"prompt": ["ab", "cd"], "echo": True, "max_tokens": 3, "n": 2}
    answer = echo.post(COMPLETIONS, body)[1]
    texts = [choice["text"] for choice in answer["choices"]]
    assert texts == ["ababa", "ababa", "cdcdc", "cdcdc"]
    assert answer["usage"]["completion_tokens"] == 12
    with echo.send(COMPLETIONS, {"prompt": "ab", "echo": True, "stream": True}) as response:
        *chunks, _ = events(response)
    assert "".join(json.loads(data)["choices"][0]["text"] for data in chunks) == "ab" * 9


def test_an_echo_with_logprobs_is_what_multiple_choice_reads(echo):
    """As lm-eval's local-completions asks: token ids, one token more, the prompt's own scores."""
    ids = [ID[b"a"], ID[b"b"], ID["é".encode()[:1]], ID["é".encode()[1:]]]
    body = {"prompt": [ids], "echo": True, "max_tokens": 1, "logprobs": 1, "temperature": 0}
    (choice,) = echo.post(COMPLETIONS, body)[1]["choices"]
    found = choice["logprobs"]
    assert choice["text"] == "abéa"
    assert found["tokens"] == ["a", "b", "bytes:\\xc3", "bytes:\\xa9", "a"]
    assert found["text_offset"] == [0, 1, 2, 2, 3]
    first, *scores = found["token_logprobs"]
    assert first is None
    assert found["top_logprobs"][0] is None
    assert scores[0] == found["top_logprobs"][1]["b"] < 0
    assert len(found["top_logprobs"][1]) == 2  # the best one, and the prompt's own
    alone = echo.post(COMPLETIONS, body | {"max_tokens": 0})[1]
    assert alone["choices"][0]["logprobs"]["tokens"] == found["tokens"][:-1]
    assert alone["choices"][0]["text"] == "abé"
    assert alone["usage"]["completion_tokens"] == 0


@pytest.mark.parametrize("chat", [False, True])
def test_the_scores_of_a_prompt_are_vllms(echo, chat):
    asked = {"max_tokens": 1, "prompt_logprobs": 2}
    body = (TALK if chat else {"prompt": "ab"}) | asked
    answer = echo.post(CHAT if chat else COMPLETIONS, body)[1]
    first, second, *_ = (answer if chat else answer["choices"][0])["prompt_logprobs"]
    assert first is None
    if not chat:
        best, own = len(LM.tokenizer.pieces) - 1, ID[b"b"]
        assert list(second) == [str(own), str(best), str(best - 1)]
        assert [one["rank"] for one in second.values()] == [best - own + 1, 1, 2]
        assert second[str(own)]["decoded_token"] == "b"


def slow(here, body):
    """Send a request and read nothing: the answer fills the smallest buffers there are."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(WAIT_SECONDS)
    client.connect(here.address)
    raw = json.dumps(body).encode()
    head = f"POST {COMPLETIONS} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(raw)}\r\n\r\n"
    client.sendall(head.encode() + raw)
    return client


def test_a_client_that_does_not_read_holds_nobody_up(site):
    """Its answer, more than sockets hold, is made to the end; others are served meanwhile."""
    here = site(Scripted(repeats(), blocks=500, context_tokens=2000))
    tokens = 1000
    loud = {"prompt": "a", "max_tokens": tokens, "stream": True, "logprobs": 20}
    with slow(here, loud) as client:
        assert here.post(COMPLETIONS, {"prompt": "b", "max_tokens": 5})[0] == 200
        ended = {here.end().max_tokens for _ in range(2)}
        assert ended == {5, tokens}
        assert here.engine.scheduler.pool.free_blocks == here.engine.scheduler.pool.blocks
        assert here.get("/health")[0] == 200
        with client.makefile("rb") as lines:
            chunks = [json.loads(data) for data in iter(partial(next, events(lines)), b"[DONE]")]
    texts = [chunk["choices"][0]["text"] for chunk in chunks]
    assert "".join(texts) == "x" * tokens
    assert len(texts) < tokens  # what waited for the client was merged


def test_a_client_that_never_reads_is_dropped(site):
    here = site(
        Scripted(repeats(), blocks=250_000, context_tokens=1_000_000),
        limits={"stall_seconds": 0.3},
    )
    loud = {"prompt": "a", "max_tokens": 999_000, "stream": True, "logprobs": 20}
    with slow(here, loud):
        assert here.end().stop_reason == "cancelled"
        assert here.engine.scheduler.pool.free_blocks == here.engine.scheduler.pool.blocks


def test_a_body_that_does_not_come_is_not_waited_for(site):
    here = site(Scripted(echoes), limits={"body_seconds": 0.1})
    with closing(here.connect()) as connection:
        begin(connection)
        with connection.getresponse() as response:
            assert response.status == 408


def test_who_does_not_read_is_hung_up_on_at_once():
    aborted = []
    api = SimpleNamespace(limits=SimpleNamespace(stall_seconds=0.01))
    transport = SimpleNamespace(abort=lambda: aborted.append(True))

    async def never(message):
        await asyncio.sleep(60)

    for state in ({"transport": transport}, {}):
        send = Completions._patient(SimpleNamespace(api=api), {"state": state}, never)
        with pytest.raises(ClientDisconnect):
            loops.run(send({}))
    assert aborted == [True]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("fcfs", ["many-0", "many-1", "many-2", "one"]),
        ("fair", ["many-0", "one", "many-1", "many-2"]),
    ],
)
@pytest.mark.parametrize("keys", [(), ("many", "one")])
def test_clients_take_turns_by_key_or_user(site, order, expected, *, keys):
    """A user is what a client says of itself; where there are keys, only they count."""
    gate = threading.Semaphore(0)
    here = site(
        Scripted(says("ab"), gate=gate, max_batch=1, order=order), api_keys=keys, max_waiting=9
    )
    with ExitStack() as stack:
        for name in ("many-0", "many-1", "many-2", "one"):
            client = name.partition("-")[0]
            user = f"invented-{name}" if keys else client
            connection = stack.enter_context(
                closing(http.client.HTTPConnection(here.url.removeprefix("http://"), timeout=20))
            )
            body = {"prompt": "a", "stream": True, "user": user}
            headers = {"x-request-id": name, "authorization": f"Bearer {client}"}
            connection.request("POST", COMPLETIONS, json.dumps(body), headers)
            stack.enter_context(connection.getresponse())
            if name == "many-0":  # it runs before the others come
                while not here.engine.scheduler.running:
                    time.sleep(0.001)
        for _ in range(30):
            gate.release()
        assert [here.end().id for _ in range(4)] == expected
