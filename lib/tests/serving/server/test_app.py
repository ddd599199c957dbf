"""The routes that tell how the server is doing, and what it says to what is not there."""

import json
import re
from contextlib import closing
from email.message import Message
from importlib.metadata import PackageNotFoundError

import pytest
from scripted import Scripted, echoes
from sites import CHAT, COMPLETIONS, TALK, opened

from tokenworks.serving.server import app
from tokenworks.serving.server.completions import Completions


def test_health_models_and_metrics(echo):
    here = echo
    assert here.get("/health") == (200, "")
    models = json.loads(here.get("/v1/models")[1])["data"]
    assert [(model["id"], model["max_model_len"]) for model in models] == [("scripted", 200)]
    assert json.loads(here.get("/v1/models/scripted")[1]) == models[0]
    assert here.get("/v1/models/gpt-4")[0] == 404
    status, text = here.get("/metrics")
    assert status == 200
    assert 'vllm:num_requests_running{engine="0",model_name="scripted"} 0.0' in text


def test_the_version_is_the_packages(echo, monkeypatch):
    monkeypatch.setattr(app, "version", lambda name: {"tokenworks": "1.2.3"}[name])
    assert echo.get("/version") == (200, '{"version": "1.2.3"}')

    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(app, "version", missing)
    assert json.loads(echo.get("/version")[1]) == {"version": "unknown"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", COMPLETIONS, 405), ("POST", "/v1/nothing", 404), ("POST", "/health", 405)],
)
def test_what_is_not_there_is_said_in_openais_shape(echo, method, path, *, status):
    with echo.send(path, method=method) as response:
        assert response.status == status
        assert json.loads(response.read())["error"]["type"] == "invalid_request_error"
        allowed = response.getheader("allow")
    wanted = None if status == 404 else {"POST"} if path == COMPLETIONS else {"GET", "HEAD"}
    assert (allowed and set(allowed.split(", "))) == wanted


PAGES = ["http://127.0.0.1:8000", "http://localhost:8888", "http://[::1]:3", "null"]
OTHERS = ["https://evil.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example"]


def asked_from(here, origin):
    with closing(here.connect()) as connection:
        wanted = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,authorization",
            "Access-Control-Request-Private-Network": "true",
        }
        connection.request("OPTIONS", CHAT, headers=wanted)
        with connection.getresponse() as response:
            preflight = response.status, response.getheader("access-control-allow-origin")
            response.read()
        connection.request("POST", CHAT, json.dumps(TALK), {"Origin": origin})
        with connection.getresponse() as response:
            return *preflight, response.getheader("access-control-allow-origin")


@pytest.mark.parametrize(
    ("urls", "site"),
    [
        (["Issues, https://x.example", "Repository, https://github.com/Token-F/book"], "token-f"),
        ([], None),
    ],
)
def test_the_site_of_the_book_is_its_owners(monkeypatch, urls, site):
    found = Message()
    for url in urls:
        found["Project-URL"] = url
    monkeypatch.setattr(app, "metadata", lambda name: found if name == "tokenworks" else None)
    assert bool(re.fullmatch(app.published(), f"https://{site}.github.io")) is bool(site)
    assert not re.fullmatch(app.published(), "https://other.github.io")


def test_without_an_installed_package_there_is_no_site(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(app, "metadata", missing)
    assert not re.fullmatch(app.published(), "https://other.github.io")


@pytest.mark.parametrize("origin", PAGES)
def test_pages_of_this_book_may_ask_from_a_browser(echo, origin):
    assert asked_from(echo, origin) == (200, origin, origin)


@pytest.mark.parametrize("origin", OTHERS)
def test_other_pages_may_not(echo, origin):
    assert asked_from(echo, origin) == (400, None, None)


def test_a_mistake_of_the_server_is_said_in_the_same_shape(monkeypatch, capsys):
    def broken(*_):
        raise ArithmeticError("broken")

    monkeypatch.setattr(Completions, "_read", broken)
    with opened(Scripted(echoes)) as here, here.send(COMPLETIONS, {"prompt": "hi"}) as response:
        assert (response.status, response.getheader("connection")) == (500, "close")
        assert response.getheader("x-request-id")
        assert json.loads(response.read())["error"]["type"] == "server_error"
    assert "ArithmeticError: broken" in capsys.readouterr().err
