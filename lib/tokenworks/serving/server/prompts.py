"""What is to be continued: the prompts of a completion, or the messages of a chat, as token ids."""

from __future__ import annotations

from typing import Any

from tokenworks.model import Tokenizer
from tokenworks.number import integer
from tokenworks.serving.server.fields import Body, wrong

ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}


def prompt_list(body: Body, tokenizer: Tokenizer) -> list[tuple[int, ...]]:
    """Return one or more prompts: a text, texts, token ids or lists of token ids."""
    value = body.get("prompt")
    if value is None:
        wrong("prompt", "is missing")
    several = isinstance(value, list) and bool(value) and isinstance(value[0], str | list)
    return [_ids(item, tokenizer) for item in (value if several else [value])]


def _ids(prompt: Any, tokenizer: Tokenizer) -> tuple[int, ...]:
    if isinstance(prompt, str) and prompt:
        return _encoded(tokenizer.encode, prompt, param="prompt")
    vocabulary = len(tokenizer.pieces)
    if not isinstance(prompt, list) or not prompt:
        wrong("prompt", "must be a text or a list of token ids, or a list of those; none empty")
    numbers = [number for given in prompt if (number := integer(given)) is not None]
    ids = tuple(number for number in numbers if 0 <= number < vocabulary)
    if len(ids) < len(prompt):
        wrong("prompt", f"token ids must be whole numbers from 0 to {vocabulary - 1}")
    return ids


def conversation(body: Body, tokenizer: Tokenizer) -> list[tuple[int, ...]]:
    """Return the one prompt of a chat: its messages in the model's template."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        wrong("messages", "must be a list of at least one message")
    turns = [_turn(message, f"messages[{at}]") for at, message in enumerate(messages)]
    return [_encoded(tokenizer.chat, turns, param="messages")]


def _turn(message: Any, param: str) -> dict[str, str]:
    if not isinstance(message, dict):
        wrong(param, "must be an object with role and content")
    role = message.get("role")
    if role not in ROLES:
        wrong(f"{param}.role", f"must be one of {', '.join(ROLES)}, got {role!r}")
    for name in ("tool_calls", "function_call", "audio", "refusal"):
        if message.get(name):
            wrong(f"{param}.{name}", "is not supported by this server")
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(_part(part, f"{param}.content") for part in content)
    if not isinstance(content, str):
        wrong(f"{param}.content", "must be a text or a list of text parts")
    return {"role": ROLES[role], "content": content}


def _part(part: Any, param: str) -> str:
    if not isinstance(part, dict) or part.get("type") != "text":
        wrong(param, 'only parts of type "text" are supported: the model reads no images or sound')
    if not isinstance(part.get("text"), str):
        wrong(param, "a text part needs its text")
    return part["text"]


def _encoded(encode: Any, value: Any, *, param: str) -> tuple[int, ...]:
    try:
        return tuple(encode(value))
    except ValueError as error:  # a byte that the vocabulary lacks, a lone surrogate
        wrong(param, str(error))
