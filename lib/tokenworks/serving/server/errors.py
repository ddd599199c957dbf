"""What a client is told when its request cannot be served, in OpenAI's shape.

Source: https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

CLIENT, SERVER = "invalid_request_error", "server_error"


class ApiError(Exception):
    """An HTTP status and its error object; `param` names the field that is wrong."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        param: str | None = None,
        code: str | None = None,
        retry_after_seconds: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.param, self.code = message, status, param, code
        self.retry_after_seconds, self._headers = retry_after_seconds, dict(headers or {})

    @property
    def body(self) -> dict[str, Any]:
        """The error object."""
        kind = SERVER if self.status >= 500 else CLIENT
        found = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return {"error": found}

    @property
    def headers(self) -> dict[str, str]:
        """What a client may do: when to come back, where that helps, or which methods there are."""
        wait = self.retry_after_seconds
        return self._headers | ({} if wait is None else {"retry-after": str(wait)})


def overloaded(limit: str) -> ApiError:
    """Return the refusal of a server whose line is full: vLLM and OpenAI say 503 as well."""
    return ApiError(
        f"the server is full: {limit}; try again in a moment",
        status=503,
        code="overloaded",
        retry_after_seconds=1,
    )


def shutting_down() -> ApiError:
    """Return the refusal of a server that only finishes what it has begun."""
    return ApiError(
        "the server is shutting down", status=503, code="shutting_down", retry_after_seconds=5
    )


def warming_up() -> ApiError:
    """Return the refusal of a server whose shapes are still being compiled."""
    return ApiError(
        "the server is warming up; try again in a moment",
        status=503,
        code="warming_up",
        retry_after_seconds=5,
    )


def internal() -> ApiError:
    """Return what is said where the server itself made a mistake; its log has the traceback."""
    headers = {"connection": "close"}
    return ApiError("internal error; see the server's log", status=500, headers=headers)


def engine_stopped() -> ApiError:
    """Return what everybody is told once the engine's thread has died."""
    return ApiError("the engine has stopped; see the server's log", status=500, code="engine")


def json_bytes(item: Any) -> bytes:
    """Return JSON as UTF-8; half a surrogate pair, which UTF-8 cannot say, as its escape."""
    return json.dumps(item, ensure_ascii=False).encode("utf-8", "backslashreplace")


class Json(JSONResponse):
    """An answer in JSON that can hold any text that JSON can."""

    def render(self, content: Any) -> bytes:
        """Return its bytes."""
        return json_bytes(content)
