"""`/tokenize`, `/detokenize`, `/tokenizer_info`, as vLLM has them: what the model reads and says.

Shapes: https://docs.vllm.ai/en/stable/serving/openai_compatible_server/#tokenizer-api
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tokenworks.serving.server.api import Api
from tokenworks.serving.server.errors import Json
from tokenworks.serving.server.fields import (
    Schema,
    check_model,
    flag,
    only,
    read,
    read_body,
    text,
    wrong,
)
from tokenworks.serving.server.prompts import Room, conversation, prompt_list

NO_LIMIT = Room(1 << 40, None, "")  # a text is counted here, not run
SHARED: Schema = {"model": text, "add_special_tokens": only(True, False), "return_token_strs": flag}


def _later(value: Any, _: str) -> Any:
    return value


PROMPT: Schema = {**SHARED, "prompt": text}
CHAT: Schema = {**SHARED, "messages": _later, "add_generation_prompt": only(True)}
TOKENS: Schema = {"model": text, "tokens": _later}


class Tokenizing:
    """The three routes, over what the others share."""

    def __init__(self, api: Api) -> None:
        self.api = api

    async def tokenize(self, request: Request) -> Response:
        """Return the token ids of a prompt, or of a conversation in the model's template."""
        return await self._answer(request, self._ids)

    async def info(self, _: Request) -> Response:
        """Return what the tokenizer is, for clients that count tokens as the server does."""
        tokenizer = self.api.tokenizer
        found = {"tokenizer_class": type(tokenizer.backend.model).__name__, "bos_token": None}
        found |= {"eos_token": tokenizer.token(tokenizer.eos_id), "pad_token": None}
        return Json(found | {"model_max_length": self.api.limits.context_tokens})

    async def detokenize(self, request: Request) -> Response:
        """Return the text of token ids."""
        return await self._answer(request, self._text)

    async def _answer(self, request: Request, work: Callable[[bytes], Any]) -> Response:
        body = await self.api.bodies.read(request)
        with self.api.admission:
            loop = asyncio.get_running_loop()
            return Json(await loop.run_in_executor(self.api.reader, work, body))

    def _ids(self, raw: bytes) -> dict[str, Any]:
        body, tokenizer = read_body(raw), self.api.tokenizer
        chat = body.get("messages") is not None
        asked = read(body, CHAT if chat else PROMPT)
        check_model(asked.get("model"), self.api.model)
        if not chat and "prompt" not in asked:
            wrong("prompt", "is missing, and so is messages")
        (ids,) = (
            conversation(asked["messages"], tokenizer, room=NO_LIMIT)
            if chat
            else prompt_list(asked["prompt"], tokenizer, room=NO_LIMIT)
        )
        names = [tokenizer.token(each) for each in ids] if asked.get("return_token_strs") else None
        return {
            "count": len(ids),
            "max_model_len": self.api.limits.context_tokens,
            "tokens": list(ids),
            "token_strs": names,
        }

    def _text(self, raw: bytes) -> dict[str, Any]:
        asked, tokenizer = read(read_body(raw), TOKENS), self.api.tokenizer
        check_model(asked.get("model"), self.api.model)
        if "tokens" not in asked:
            wrong("tokens", "is missing")
        if not isinstance(asked["tokens"], list):
            wrong("tokens", "must be a list of token ids")
        (ids,) = prompt_list([asked["tokens"]], tokenizer, room=NO_LIMIT, at="tokens")
        return {"prompt": tokenizer.decode(ids)}
