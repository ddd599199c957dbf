"""What is to be continued: the prompts of a completion, or the messages of a chat, as token ids.

What can never fit is refused by its length, before it is tokenized: a token stands for no more
characters than the longest one has bytes, so a long text has many. vLLM does the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenworks.model import Tokenizer
from tokenworks.model.tokenizer import SYSTEM
from tokenworks.number import integer
from tokenworks.serving.server.errors import ApiError
from tokenworks.serving.server.fields import (
    Schema,
    anything,
    one_of,
    only,
    read,
    shown,
    text,
    wrong,
)
from tokenworks.serving.server.tools import Tool, answered, calls_text, message_calls, told

ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
ROLES |= {"tool": "user"}  # whose words stand between two marks
MESSAGE: Schema = {
    "role": one_of(*ROLES),
    "content": lambda value, at: _content(value, at),
    "name": text,
    "annotations": only([]),
    "audio": only(),
    "function_call": only(),
    "reasoning": only(""),
    "reasoning_content": only(""),
    "refusal": only(""),
    "tool_call_id": text,
    "tool_calls": message_calls,
}
PART: Schema = {"type": text, "text": text, "cache_control": anything}


@dataclass(frozen=True)
class Room:
    """The context, and how much of it the answer wants; `named` is the field that asked for it."""

    context_tokens: int
    answer_tokens: int | None
    named: str

    def check(self, tokens: int, at: str, *, told: str = "") -> None:
        """Refuse a prompt of that many tokens where it and its answer do not fit."""
        asked = self.answer_tokens or 1
        if tokens + asked > self.context_tokens:
            raise ApiError(
                f"This model's maximum context length is {self.context_tokens} tokens. However, "
                f"you requested {told}{tokens + asked} tokens ({told}{tokens} in the prompt, "
                f"{asked} in the completion).",
                param=self.named if self.named and tokens < self.context_tokens else at,
                code="context_length_exceeded",
            )


def prompt_list(
    value: Any, tokenizer: Tokenizer, *, room: Room, at: str = "prompt"
) -> list[tuple[int, ...]]:
    """Return one or more prompts: a text, texts, token ids or lists of token ids."""
    return [_ids(item, tokenizer, at=at, room=room) for item in separate(value)]


def separate(value: Any) -> list[Any]:
    """Return the prompts of a field, each still as it was sent."""
    several = isinstance(value, list) and bool(value) and isinstance(value[0], str | list)
    return value if several else [value]


def _ids(prompt: Any, tokenizer: Tokenizer, *, at: str, room: Room) -> tuple[int, ...]:
    if isinstance(prompt, str) and prompt:
        return _encoded(tokenizer, prompt, at=at, room=room)
    vocabulary = len(tokenizer.pieces)
    if not isinstance(prompt, list) or not prompt:
        wrong(at, "must be a text or a list of token ids, or a list of those; none empty")
    room.check(len(prompt), at)
    numbers = [number for given in prompt if (number := integer(given)) is not None]
    ids = tuple(number for number in numbers if 0 <= number < vocabulary)
    if len(ids) < len(prompt):
        wrong(at, f"token ids must be whole numbers from 0 to {vocabulary - 1}")
    return ids


def conversation(
    messages: Any, tokenizer: Tokenizer, *, room: Room, tools: Sequence[Tool] = ()
) -> list[tuple[int, ...]]:
    """Return the one prompt of a chat: its messages in the model's template, behind its tools."""
    if not isinstance(messages, list) or not messages:
        wrong("messages", "must be a list of at least one message")
    turns = [_turn(message, f"messages[{at}]") for at, message in enumerate(messages)]
    if tools:
        if turns[0]["role"] != "system":
            turns.insert(0, {"role": "system", "content": SYSTEM})
        turns[0]["content"] += told(tools)
    return [_encoded(tokenizer, tokenizer.chat_text(turns), at="messages", room=room)]


def _turn(message: Any, at: str) -> dict[str, str]:
    found = read(message, MESSAGE, at)
    role, calls = found.get("role"), found.get("tool_calls")
    if calls and role != "assistant":
        wrong(f"{at}.tool_calls", "are of an assistant's message")
    if "tool_call_id" in found and role != "tool":
        wrong(f"{at}.tool_call_id", "is of a tool's message")
    if calls:
        found["content"] = found.get("content", "") + calls_text(calls)
    for name, kind in (("role", "its role"), ("content", "a text or a list of text parts")):
        if name not in found:
            wrong(f"{at}.{name}", f"is missing: must be {kind}")
    content = answered(found["content"]) if role == "tool" else found["content"]
    return {"role": ROLES[found["role"]], "content": content}


def _content(value: Any, at: str) -> str:
    if isinstance(value, list):
        return "".join(_part(part, f"{at}[{i}]") for i, part in enumerate(value))
    if not isinstance(value, str):
        wrong(at, f"must be a text or a list of text parts, got {shown(value)}")
    return value


def _part(part: Any, at: str) -> str:
    if not isinstance(part, dict) or part.get("type") != "text":
        wrong(at, 'only parts of type "text" are supported: the model reads no images or sound')
    found = read(part, PART, at)
    if "text" not in found:
        wrong(at, "a text part needs its text")
    return found["text"]


def _encoded(tokenizer: Tokenizer, value: str, *, at: str, room: Room) -> tuple[int, ...]:
    room.check(-(-len(value) // tokenizer.longest_piece), at, told="at least ")
    try:
        ids = tuple(tokenizer.encode(value))
    except ValueError as error:  # a byte that the vocabulary lacks, a lone surrogate
        wrong(at, str(error))
    room.check(len(ids), at)
    return ids
