"""Servers for the tests of this folder, and the way to understand a body."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
from scripted import LM, Scripted, echoes
from sites import opened

from tokenworks.serving.server.limits import Limits
from tokenworks.serving.server.protocol import read_completion_request


@pytest.fixture
def site():
    """Return the way to start a server; all are stopped when the test ends."""
    with ExitStack() as stack:
        yield lambda engine, **options: stack.enter_context(opened(engine, **options))


@pytest.fixture(scope="module")
def echo():
    """Return one server for all tests that leave it as it was."""
    with opened(Scripted(echoes), limits={"max_body_bytes": 100_000}, max_waiting=64) as here:
        yield here


@pytest.fixture
def ask():
    """Return the way to understand a body."""

    def understand(*, chat: bool = False, limits: dict[str, Any] | None = None, **body: Any):
        if chat:
            body = {"messages": [{"role": "user", "content": "hi"}]} | body
        else:
            body = {"prompt": "hi"} | body
        given = {"context_tokens": 200} | (limits or {})
        return read_completion_request(
            body, chat=chat, tokenizer=LM.tokenizer, model="scripted", limits=Limits(**given)
        )

    return understand
