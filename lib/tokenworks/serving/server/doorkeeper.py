"""What every request passes, whatever its route: its name, the log of it, and its key.

The name is the client's own `x-request-id`, as in vLLM, or a new one; every answer carries it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
import time
from collections.abc import Sequence
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tokenworks.serving.server.errors import ApiError, Json, internal

NAME = "request_id"  # in the scope's state
CLIENT = "client"  # whose key it came with, where keys are asked for
USAGE = "usage"  # what a completion has cost, once it is known

log = logging.getLogger("tokenworks.requests")


def good_name(given: str | None) -> str | None:
    """Return a client's name for its request where it may stand in a header and a log."""
    return given if given and re.fullmatch(r"[\w.:-]{1,64}", given, re.ASCII) else None


class Named:
    """Wraps an application: names each request, and logs it as one line of JSON when it ends.

    The line is of the logger `tokenworks.requests`, level INFO: who turns it on gets the log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request under its name."""
        state = scope.setdefault("state", {})
        state[NAME] = good_name(Headers(scope=scope).get("x-request-id")) or secrets.token_hex(12)
        begun, status = time.perf_counter(), 0

        async def named(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                name = (b"x-request-id", state[NAME].encode())
                message = {**message, "headers": [*message.get("headers", []), name]}
            await send(message)

        try:
            await self.app(scope, receive, named)
        except Exception:  # uvicorn writes its traceback, and ends the connection
            if not status:
                error = internal()
                refusal = Json(error.body, status_code=error.status, headers=error.headers)
                await refusal(scope, receive, named)
            raise
        finally:
            if log.isEnabledFor(logging.INFO):
                log.info(_line(scope, status, time.perf_counter() - begun))


def _line(scope: Scope, status: int, seconds: float) -> str:
    client = scope.get("client")
    line = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "request_id": scope["state"][NAME],
        "client": client[0] if client else None,
        "method": scope["method"],
        "path": scope["path"][:200],
        "status": status,  # 0: the client was gone before an answer
        "seconds": round(seconds, 4),
    }
    return json.dumps(line | scope["state"].get(USAGE, {}))


class Locked:
    """Wraps an application: what is under `/v1` needs a key, as in vLLM. No keys lock nothing."""

    def __init__(self, app: ASGIApp, keys: Sequence[str] = ()) -> None:
        self.app, self._keys = app, [_digest(key) for key in keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it; a browser's preflight has no key yet."""
        open_ = not self._keys or scope["method"] == "OPTIONS"
        key = None if open_ else self._key(scope)
        if key is not None:
            scope["state"][CLIENT] = key.hex()
        if open_ or key is not None or not scope["path"].startswith("/v1"):
            await self.app(scope, receive, send)
            return
        error = ApiError(
            "a key is needed: Authorization: Bearer KEY",
            status=401,
            code="invalid_api_key",
            headers={"www-authenticate": "Bearer"},
        )
        await Json(error.body, status_code=401, headers=error.headers)(scope, receive, send)

    def _key(self, scope: Scope) -> bytes | None:
        """Return the digest of the key that a request comes with, if it is one of those here."""
        scheme, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
        found = [each for each in self._keys if secrets.compare_digest(_digest(key), each)]
        return found[0] if found and scheme.lower() == "bearer" else None


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "backslashreplace")).digest()
