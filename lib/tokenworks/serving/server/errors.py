"""What a client is told when its request cannot be served, in OpenAI's shape.

Source: https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

from typing import Any

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
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.param, self.code = message, status, param, code
        self.retry_after_seconds = retry_after_seconds

    @property
    def body(self) -> dict[str, Any]:
        """The error object."""
        kind = SERVER if self.status >= 500 else CLIENT
        found = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return {"error": found}

    @property
    def headers(self) -> dict[str, str]:
        """When to come back, where that helps."""
        wait = self.retry_after_seconds
        return {} if wait is None else {"retry-after": str(wait)}


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


def engine_stopped() -> ApiError:
    """Return what everybody is told once the engine's thread has died."""
    return ApiError("the engine has stopped; see the server's log", status=500, code="engine")
