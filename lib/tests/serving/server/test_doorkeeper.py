"""Names, the log and keys."""

import json
import logging
import re
from contextlib import closing

import openai
import pytest
from scripted import Scripted, echoes
from sites import CHAT, COMPLETIONS, TALK, opened


def ask(here, path, *, body=None, headers=None):
    """Return the status, the headers and the body of an answer."""
    with closing(here.connect()) as connection:
        method = "GET" if body is None else "POST"
        connection.request(method, path, body and json.dumps(body), headers or {})
        with connection.getresponse() as response:
            return response.status, response.headers, response.read()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/health", None, 200),
        ("/nothing", None, 404),
        (COMPLETIONS, {"prompt": "hi"}, 200),
        (COMPLETIONS, {"prompt": "hi", "stream": True}, 200),
        (COMPLETIONS, {"strange": 1}, 400),
    ],
)
def test_every_answer_carries_its_name(echo, path, body, *, status):
    found, headers, _ = ask(echo, path, body=body, headers={"x-request-id": "mine.7"})
    assert (found, headers["x-request-id"]) == (status, "mine.7")
    first, second = (ask(echo, path, body=body)[1]["x-request-id"] for _ in range(2))
    assert re.fullmatch("[0-9a-f]{24}", first)
    assert first != second


def test_a_name_may_stand_in_the_body_and_the_headers_wins(echo):
    body = {"prompt": "hi", "request_id": "from-body"}
    _, headers, raw = ask(echo, COMPLETIONS, body=body)
    assert (headers["x-request-id"], json.loads(raw)["id"]) == ("from-body", "cmpl-from-body")
    _, headers, raw = ask(echo, COMPLETIONS, body=body, headers={"x-request-id": "from-head"})
    assert (headers["x-request-id"], json.loads(raw)["id"]) == ("from-head", "cmpl-from-head")


def test_the_log_has_a_line_of_json_for_each_request(caplog):
    caplog.set_level(logging.INFO, "tokenworks.requests")
    with opened(Scripted(echoes)) as here:
        body = {"prompt": "abc", "max_tokens": 4, "n": 2, "stream": True}
        ask(here, COMPLETIONS, body=body, headers={"x-request-id": "logged"})
        ask(here, "/nothing", headers={"x-request-id": "second"})
    lines = [json.loads(r.message) for r in caplog.records if r.name == "tokenworks.requests"]
    first, second = (x for x in lines if x["request_id"] in ("logged", "second"))
    assert {"time", "seconds", "ttft_seconds"} <= set(first)
    wanted = {"request_id": "logged", "client": "127.0.0.1", "method": "POST", "status": 200}
    wanted |= {"path": COMPLETIONS, "prompt_tokens": 3, "completion_tokens": 8, "choices": 2}
    wanted |= {"stream": True, "finish_reasons": ["length"]}
    assert wanted.items() <= first.items()
    assert (second["status"], second["path"]) == (404, "/nothing")


def test_the_log_is_off_unless_it_is_asked_for(caplog):
    with opened(Scripted(echoes)) as here:
        here.get("/health")
    assert "/health" not in caplog.text


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("Bearer ", 401),
        ("Bearer wrong", 401),
        ("Basic secret", 401),
        ("Bearer secret", 200),
        ("bearer other", 200),
    ],
)
def test_with_keys_only_who_has_one_is_answered(site, header, status):
    here = site(Scripted(echoes), api_keys=("secret", "other"))
    headers = {} if header is None else {"Authorization": header}
    for path, body in ((CHAT, TALK), ("/v1/models", None)):
        found, told, raw = ask(here, path, body=body, headers=headers)
        assert found == status
        if status == 401:
            assert told["www-authenticate"] == "Bearer"
            assert json.loads(raw)["error"]["code"] == "invalid_api_key"
    assert ask(here, "/health")[0] == 200


def test_a_browser_asks_first_without_a_key(site):
    here = site(Scripted(echoes), api_keys=("secret",))
    with closing(here.connect()) as connection:
        page = {"Origin": "http://localhost:8000", "Access-Control-Request-Method": "POST"}
        connection.request("OPTIONS", CHAT, headers=page)
        assert connection.getresponse().status == 200
        connection.close()
        connection.request("POST", CHAT, json.dumps(TALK), {"Origin": page["Origin"]})
        with connection.getresponse() as response:  # which the page may read
            assert response.status == 401
            assert response.getheader("access-control-allow-origin") == page["Origin"]


def test_the_openai_client_sends_its_key(site):
    here = site(Scripted(echoes), api_keys=("secret",))
    with openai.OpenAI(base_url=f"{here.url}/v1", api_key="secret", max_retries=0) as client:
        assert [model.id for model in client.models.list()] == ["scripted"]
    with (
        openai.OpenAI(base_url=f"{here.url}/v1", api_key="no", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.models.list()
