"""The application: completions, chats, models, health and metrics, over one `Api`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, metadata, version
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tokenworks.serving.server.api import Api
from tokenworks.serving.server.bodies import Unread
from tokenworks.serving.server.completions import Completions
from tokenworks.serving.server.doorkeeper import Locked, Named
from tokenworks.serving.server.errors import ApiError, Json, warming_up
from tokenworks.serving.server.fields import no_model, shortened
from tokenworks.serving.server.prometheus import CONTENT_TYPE
from tokenworks.serving.server.tokenizing import Tokenizing


def installed_version() -> str:
    """Return the version of the package, or "unknown" where it runs from its sources."""
    try:
        return version("tokenworks")
    except PackageNotFoundError:
        return "unknown"


def published() -> str:
    """Return the origin of the book's site as a pattern: GitHub's pages of the package's owner."""
    try:
        urls = metadata("tokenworks").get_all("Project-URL") or []
    except PackageNotFoundError:  # run from its sources
        urls = []
    owners = re.findall(r"Repository, https://github\.com/([\w-]+)/", "\n".join(urls))
    return "|".join(rf"https://{owner.lower()}\.github\.io" for owner in owners[:1]) or "(?!)"


# Pages of this book may ask from a browser: served from this machine, opened as files (whose
# origin is null), or published by whoever the package's repository belongs to.
CORS: dict[str, Any] = {
    "allow_origins": ["null"],
    "allow_origin_regex": rf"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?|{published()}",
    "allow_methods": ["GET", "POST"],
    "allow_headers": ["*"],
    "expose_headers": ["x-request-id", "retry-after"],
    "allow_private_network": True,
}


def application(api: Api, *, keys: Sequence[str] = ()) -> ASGIApp:
    """Return the application whose routes answer for one model; with keys, to who has one."""
    pages, tokenizing = Pages(api), Tokenizing(api)
    return Starlette(
        middleware=[
            Middleware(Named),
            Middleware(Unread),
            Middleware(CORSMiddleware, **CORS),
            Middleware(Locked, keys=keys),
        ],
        routes=[
            Route("/v1/completions", Completions(api, chat=False), methods=["POST"]),
            Route("/v1/chat/completions", Completions(api, chat=True), methods=["POST"]),
            Route("/v1/models", pages.models),
            Route("/v1/models/{name:path}", pages.one_model),
            Route("/tokenize", tokenizing.tokenize, methods=["POST"]),
            Route("/detokenize", tokenizing.detokenize, methods=["POST"]),
            Route("/tokenizer_info", tokenizing.info),
            Route("/version", pages.version),
            Route("/health", pages.health),
            Route("/metrics", pages.metrics),
        ],
        exception_handlers={ApiError: _on_api_error, HTTPException: _on_http_error},
    )


class Pages:
    """The routes that only tell: which model, how it is doing."""

    def __init__(self, api: Api) -> None:
        self.api = api

    async def models(self, _: Request) -> Response:
        """Return the one model."""
        return Json({"object": "list", "data": [self._card]})

    async def one_model(self, request: Request) -> Response:
        """Return the model with this name, if it is the one."""
        name = request.path_params["name"]
        if name != self.api.model:
            raise no_model(name, self.api.model)
        return Json(self._card)

    async def health(self, _: Request) -> Response:
        """Say 200 while new requests are welcome."""
        worker = self.api.worker
        if worker.state == "warming":
            raise warming_up()
        ready = worker.alive and not self.api.admission.closing
        return Response(status_code=200 if ready else 503)

    async def version(self, _: Request) -> Response:
        """Return the version of this package."""
        return Json({"version": installed_version()})

    async def metrics(self, _: Request) -> Response:
        """Return the metrics in Prometheus' text format."""
        return Response(self.api.worker.metrics.text(), media_type=CONTENT_TYPE)

    @property
    def _card(self) -> dict[str, Any]:
        return {
            "id": self.api.model,
            "object": "model",
            "created": self.api.created,
            "owned_by": "tokenworks",
            "max_model_len": self.api.limits.context_tokens,
        }


async def _on_api_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return Json(error.body, status_code=error.status, headers=error.headers)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = (
        f"{request.method} {shortened(request.url.path)}: {HTTPStatus(error.status_code).phrase}"
    )
    refusal = ApiError(message, status=error.status_code, headers=error.headers)
    return await _on_api_error(request, refusal)
