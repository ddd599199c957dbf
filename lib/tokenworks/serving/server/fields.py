"""Reading single fields of a request body: the right type and range, or an error that names it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NoReturn

from tokenworks.number import Number, finite, integer
from tokenworks.serving.server.errors import ApiError

Body = Mapping[str, Any]
LARGEST = 1e300

# Fields of other people's clients that cannot change a token of the answer.
IGNORED = frozenset(
    [
        "metadata",
        "moderation",
        "parallel_tool_calls",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "request_id",
        "safety_identifier",
        "service_tier",
        "store",
        "user",
    ]
)
# Fields that would change the answer if they were honoured: accepted where they ask for nothing.
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "add_generation_prompt": (True,),
    "audio": (),
    "best_of": (1,),
    "continue_final_message": (False,),
    "echo": (False,),
    "frequency_penalty": (0,),
    "function_call": ("none", "auto"),
    "functions": ([],),
    "guided_json": (),
    "length_penalty": (1,),
    "logit_bias": ({},),
    "min_tokens": (0,),
    "modalities": (["text"],),
    "presence_penalty": (0,),
    "prompt_logprobs": (),
    "reasoning_effort": ("none",),
    "repetition_penalty": (1,),
    "response_format": ({"type": "text"},),
    "skip_special_tokens": (False,),
    "spaces_between_special_tokens": (True, False),
    "stop_token_ids": ([],),
    "suffix": ("",),
    "tool_choice": ("none", "auto"),
    "tools": ([],),
    "truncate_prompt_tokens": (),
    "use_beam_search": (False,),
    "verbosity": ("medium",),
    "web_search_options": (),
}


def wrong(param: str, message: str) -> NoReturn:
    """Refuse a request because of one field."""
    raise ApiError(f"{param}: {message}", param=param)


def read_body(raw: bytes) -> dict[str, Any]:
    """Return the fields of a JSON object; those that are null are as good as absent."""
    try:
        body = json.loads(raw.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:  # bad UTF-8 is a ValueError too
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise ApiError(f"the body is not valid JSON: {reason}", code="invalid_json") from None
    if not isinstance(body, dict):
        raise ApiError(f"the body must be a JSON object, got {_kind(body)}", code="invalid_json")
    return {name: value for name, value in body.items() if value is not None}


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def refuse_others(body: Body, known: frozenset[str]) -> None:
    """Refuse fields that nobody knows, and known ones that would silently do nothing."""
    for name, value in body.items():
        if name in known or name in IGNORED:
            continue
        if name not in NEUTRAL:
            near = get_close_matches(name, [*known, *NEUTRAL], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            wrong(name, f"unknown field{hint}")
        if not any(_same(value, neutral) for neutral in NEUTRAL[name]):
            wrong(name, f"{_shown(value)} is not supported by this server; leave it out")


def _same(value: Any, neutral: Any) -> bool:
    return value == neutral and isinstance(value, bool) == isinstance(neutral, bool)


def flag(body: Body, name: str) -> bool:
    """Return a boolean field, false where it is absent."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        wrong(name, f"must be true or false, got {_shown(value)}")
    return value


def whole(body: Body, name: str, *, least: int, most: int) -> int | None:
    """Return a whole number of a range, or None where it is absent."""
    if body.get(name) is None:
        return None
    value = integer(body[name])
    if value is None or not least <= value <= most:
        wrong(name, f"must be a whole number from {least} to {most}, got {_shown(body[name])}")
    return value


def number(body: Body, name: str, *, default: Number) -> Number:
    """Return a number that is no infinity; its range is checked where it is used."""
    value = finite(body.get(name, default))
    if value is None or not -LARGEST <= value <= LARGEST:
        wrong(name, f"must be a finite number, got {_shown(body.get(name))}")
    return value


def text(body: Body, name: str) -> str | None:
    """Return a text, or None where it is absent."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        wrong(name, f"must be a text, got {_shown(value)}")
    return value


def texts(body: Body, name: str, *, most: int, longest: int) -> tuple[str, ...]:
    """Return one text or a list of them: at most `most`, none empty or over `longest` signs."""
    value = body.get(name, [])
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        wrong(name, f"must be a text or a list of texts, got {_shown(value)}")
    if len(found) > most:
        wrong(name, f"at most {most} are allowed, got {len(found)}")
    if not all(1 <= len(item) <= longest for item in found):
        wrong(name, f"each must have 1 to {longest} characters")
    return tuple(found)


def _shown(value: Any) -> str:
    shown = json.dumps(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _kind(value: Any) -> str:
    kinds = {list: "a list", str: "a text", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")
