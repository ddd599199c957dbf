"""The objects that go back to a client: whole answers, and the chunks of a stream.

Shapes: https://platform.openai.com/docs/api-reference/chat/object and .../chat-streaming; the
same for completions.
"""

from __future__ import annotations

import codecs
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tokenworks.model import Tokenizer
from tokenworks.model.logprobs import Logprob, TokenLogprobs
from tokenworks.serving.server.calls import CallReader
from tokenworks.serving.server.errors import json_bytes
from tokenworks.serving.server.protocol import CompletionRequest
from tokenworks.serving.server.tokens import Delta

Json = dict[str, Any]
LOWEST_LOGPROB = -9999.0  # JSON has no -inf; the value that vLLM sends


@dataclass
class Answer:
    """Writes the answer to one request; it counts tokens, and text where offsets are asked for."""

    completion: CompletionRequest
    model: str
    tokenizer: Tokenizer
    prompt_tokens: int
    id: str
    created: int = field(default_factory=lambda: int(time.time()))
    tokens: int = 0
    cached: int = 0
    _readers: dict[int, CallReader] = field(default_factory=dict)
    _begun: set[int] = field(default_factory=set)
    _offsets: dict[int, Offsets] = field(default_factory=dict)

    def chunks(self, deltas: dict[int, Delta]) -> Iterator[bytes]:
        """Yield a chunk for each choice with something to say: not for half a character.

        A chat's first one says who speaks. It comes with the first token, as vLLM's does: there are
        clients that take the first chunk for the first token.
        """
        for choice, delta in deltas.items():
            self.tokens += self._made(delta)
            self.cached += delta.cached
            if self.completion.chat and choice not in self._begun:
                self._begun.add(choice)
                role = {"role": "assistant", "content": ""}
                yield self._event([{"index": choice, "delta": role, "finish_reason": None}])
            if delta.texts or delta.scored or delta.stop_reason or self._echoes(delta):
                found = self._choice(choice, delta, part=True)
                if found.get("delta", True) or delta.scored or delta.stop_reason:
                    yield self._event([found])

    def last(self) -> Iterator[bytes]:
        """Yield the usage, where it was asked for, and the end mark."""
        if self.completion.include_usage:
            yield _line(self._head(part=True) | {"choices": [], "usage": self.usage})
        yield b"data: [DONE]\n\n"

    def whole(self, deltas: dict[int, Delta]) -> Json:
        """Return the answer in one object."""
        self.tokens = sum(map(self._made, deltas.values()))
        self.cached = sum(delta.cached for delta in deltas.values())
        choices = [self._choice(choice, deltas[choice], part=False) for choice in sorted(deltas)]
        found = self._head(part=False) | {"choices": choices, "usage": self.usage}
        if self.completion.chat and self.completion.prompt_logprobs is not None:
            found |= {"prompt_logprobs": self._prompt_logprobs(deltas[0])}
        return found

    @property
    def usage(self) -> Json:
        """The tokens so far: each prompt once; the end-of-sequence token counts, as in vLLM.

        Cached tokens are among those of the prompt.
        """
        total = self.prompt_tokens + self.tokens
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.tokens,
            "total_tokens": total,
            "prompt_tokens_details": {"cached_tokens": self.cached},
        }

    def _head(self, *, part: bool) -> Json:
        chat = self.completion.chat
        kind = (
            ("chat.completion.chunk" if part else "chat.completion") if chat else "text_completion"
        )
        name = f"{'chatcmpl' if chat else 'cmpl'}-{self.id}"
        return {"id": name, "object": kind, "created": self.created, "model": self.model}

    def _event(self, choices: list[Json]) -> bytes:
        usage = {}
        if self.completion.include_usage:
            usage = {"usage": self.usage if self.completion.continuous_usage else None}
        return _line(self._head(part=True) | {"choices": choices} | usage)

    def _choice(self, choice: int, delta: Delta, *, part: bool) -> Json:
        found: Json = {"index": choice}
        asked = self.completion
        if not asked.chat:
            echoed = self.tokenizer.decode(self._prompt(choice)) if self._echoes(delta) else ""
            found |= {"text": echoed + (delta.text if asked.max_tokens else "")}
            if asked.prompt_logprobs is not None and not part:
                found |= {"prompt_logprobs": self._prompt_logprobs(delta)}
        elif part:
            found |= {"delta": self._said(choice, delta, part=True)}
        else:
            said = {"content": None} | self._said(choice, delta, part=False)
            found |= {"message": {"role": "assistant", **said, "refusal": None}}
        return found | {
            "logprobs": self._logprobs(choice, delta),
            "finish_reason": self._finish_reason(choice, delta),
        }

    def _said(self, choice: int, delta: Delta, *, part: bool) -> Json:
        """Return the text of a chat's answer, or the call of a tool in it."""
        if self.completion.tool_choice.kind == "none":
            return {"content": delta.text} if delta.texts or not part else {}
        reader = self._readers.setdefault(choice, CallReader())
        said = reader.read(delta.text, final=delta.stop_reason is not None)
        found: Json = {"content": said.content} if said.content or not (part or said.name) else {}
        if said.name or said.arguments:
            function: Json = {"name": said.name} if said.name else {}
            call: Json = {"index": 0} if part else {}
            if said.name:
                call |= {"id": f"call_{self.id}-{choice}", "type": "function"}
            function |= {"arguments": said.arguments}
            found |= {"tool_calls": [call | {"function": function}]}
        return found

    def _finish_reason(self, choice: int, delta: Delta) -> str | None:
        """Return why it ends; a call that was asked for by name ends as a text does, as in vLLM."""
        asked, reason = self.completion, delta.finish_reason
        if not asked.max_tokens:
            return "length"
        reader = self._readers.get(choice)
        called = reader and reader.name and asked.tool_choice.name is None
        return "tool_calls" if called and reason == "stop" else reason

    def _made(self, delta: Delta) -> int:
        """Return the tokens that count: none where the prompt alone was wanted."""
        return delta.tokens if self.completion.max_tokens else 0

    def _echoes(self, delta: Delta) -> bool:
        return self.completion.echo and delta.first

    def _prompt(self, choice: int) -> tuple[int, ...]:
        return self.completion.prompts[choice // self.completion.n]

    def _prompt_logprobs(self, delta: Delta) -> list[Json | None]:
        """Return vLLM's form of them: for each token of the prompt, by token id."""
        most = self.completion.prompt_logprobs
        found: list[Json | None] = []
        for scored in delta.prompt_scores:
            if scored is None:  # the first one: nothing stands before it
                found.append(None)
                continue
            ranked = [(scored.taken, scored.rank), *zip(scored.top[:most], count(1), strict=False)]
            found.append({str(one.id): self._ranked(one, rank) for one, rank in ranked})
        return found

    def _ranked(self, one: Logprob, rank: int) -> Json:
        token = token_text(self.tokenizer.pieces[one.id])
        return {"logprob": _finite(one.logprob), "rank": rank, "decoded_token": token}

    def _logprobs(self, choice: int, delta: Delta) -> Json | None:
        most = self.completion.logprobs
        if most is None:
            return None
        if self.completion.chat:
            return {"content": [self._chat_token(scored) for scored in delta.scored]}
        offsets = self._offsets.setdefault(choice, Offsets())
        pieces = self.tokenizer.pieces
        listed: list[tuple[int, TokenLogprobs | None]] = []
        if self._echoes(delta):
            listed += zip(self._prompt(choice), delta.prompt_scores, strict=True)
        if self.completion.max_tokens:
            listed += [(scored.taken.id, scored) for scored in delta.scored]
        tops = [
            scored
            and {
                token_text(pieces[other.id]): _finite(other.logprob)
                for other in (*scored.top[:most], scored.taken)  # the taken one in any case
            }
            for _, scored in listed
        ]
        return {
            "tokens": [token_text(pieces[token]) for token, _ in listed],
            "token_logprobs": [scored and _finite(scored.taken.logprob) for _, scored in listed],
            "top_logprobs": tops,  # with 0 the taken one alone, as in vLLM
            "text_offset": [offsets.of(pieces[token]) for token, _ in listed],
        }

    def _chat_token(self, scored: TokenLogprobs) -> Json:
        top = [self._entry(other) for other in scored.top]
        return self._entry(scored.taken) | {"top_logprobs": top}

    def _entry(self, one: Logprob) -> Json:
        piece = self.tokenizer.pieces[one.id]
        return {"token": token_text(piece), "logprob": _finite(one.logprob), "bytes": list(piece)}


class Offsets:
    """Where each token begins in its answer, in characters."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._at = 0

    def of(self, piece: bytes) -> int:
        """Return where this next token begins."""
        at = self._at
        self._at += len(self._decoder.decode(piece))
        return at


def token_text(piece: bytes) -> str:
    """Return a token as text; a part of a character is written as its bytes, as OpenAI does."""
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return "bytes:" + "".join(f"\\x{byte:02x}" for byte in piece)


def error_event(body: Json) -> bytes:
    """Return an error as an event of a stream that has begun."""
    return _line(body)


def _line(item: Json) -> bytes:
    return b"data: " + json_bytes(item) + b"\n\n"


def _finite(value: float) -> float:
    return value if math.isfinite(value) else LOWEST_LOGPROB
