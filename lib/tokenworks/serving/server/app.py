"""The application: completions, chats, models, health and metrics, over one `Api`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tokenworks.serving.server.api import Api
from tokenworks.serving.server.completions import Completions
from tokenworks.serving.server.errors import ApiError
from tokenworks.serving.server.prometheus import CONTENT_TYPE


def application(api: Api) -> ASGIApp:
    """Return the application whose routes answer for one model."""
    pages = Pages(api)
    return Starlette(
        routes=[
            Route("/v1/completions", Completions(api, chat=False), methods=["POST"]),
            Route("/v1/chat/completions", Completions(api, chat=True), methods=["POST"]),
            Route("/v1/models", pages.models),
            Route("/v1/models/{name:path}", pages.one_model),
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
        return JSONResponse({"object": "list", "data": [self._card]})

    async def one_model(self, request: Request) -> Response:
        """Return the model with this name, if it is the one."""
        name = request.path_params["name"]
        if name != self.api.model:
            message = f"the model {name!r} does not exist here; this server has {self.api.model!r}"
            raise ApiError(message, status=404, param="model", code="model_not_found")
        return JSONResponse(self._card)

    async def health(self, _: Request) -> Response:
        """Say 200 while new requests are welcome."""
        ready = self.api.worker.alive and not self.api.admission.closing
        return Response(status_code=200 if ready else 503)

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
    return JSONResponse(error.body, status_code=error.status, headers=error.headers)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = f"{request.method} {request.url.path}: {HTTPStatus(error.status_code).phrase}"
    return await _on_api_error(request, ApiError(message, status=error.status_code))
