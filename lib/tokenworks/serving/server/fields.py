"""Reading a JSON object by a schema: each field has one rule, and what has none is refused.

A rule takes a value and where it stands, and returns what the server understands by it; a wrong
value raises ApiError that names its place. What is null is as good as absent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

from tokenworks.number import Number, bounded, integer
from tokenworks.serving.server.errors import ApiError

Body = Mapping[str, Any]
Rule = Callable[[Any, str], Any]
Schema = Mapping[str, Rule]
LONGEST_ID = 9  # digits of a token id
LONGEST_NAME = 64  # characters of a client's own words in an error


def wrong(at: str, message: str) -> NoReturn:
    """Refuse a request because of one field."""
    at = shortened(at)
    raise ApiError(f"{at}: {message}", param=at)


def check_model(asked: str | None, served: str) -> None:
    """Refuse a request for another model than the one there is."""
    if asked is not None and asked != served:
        raise no_model(asked, served)


def no_model(asked: str, served: str) -> ApiError:
    """Return what is said to who asks for another model than the one there is."""
    message = f"the model {shortened(asked)!r} does not exist here; this server has {served!r}"
    return ApiError(message, status=404, param="model", code="model_not_found")


def shortened(text: str) -> str:
    """Return a client's own words, cut where they are no name any more."""
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 3]}..."


def read_body(raw: bytes) -> dict[str, Any]:
    """Return the JSON object of a request."""
    try:
        body = json.loads(raw.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:  # bad UTF-8 is a ValueError too
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise ApiError(f"the body is not valid JSON: {reason}", code="invalid_json") from None
    if not isinstance(body, dict):
        raise ApiError(f"the body must be a JSON object, got {_kind(body)}", code="invalid_json")
    return body


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def read(given: Any, schema: Schema, at: str = "") -> dict[str, Any]:
    """Return the fields of an object as their rules understand them; `at` is where it stands."""
    if not isinstance(given, dict):
        wrong(at, f"must be an object, got {shown(given)}")
    found = {}
    for name, value in given.items():
        if value is None:
            continue
        place = f"{at}.{name}" if at else name
        if name not in schema:
            wrong(place, f"unknown field{_hint(name, schema)}")
        found[name] = schema[name](value, place)
    return found


def _hint(name: str, schema: Schema) -> str:
    """Name the field that may have been meant, of those that do something."""
    honoured = [known for known, rule in schema.items() if not isinstance(rule, Only)]
    near = get_close_matches(shortened(name), honoured, n=1)
    return f"; did you mean {near[0]}?" if near else ""


# The rules.


@dataclass(frozen=True)
class Only:
    """A field that would change the answer if it were honoured, where it asks for nothing."""

    neutral: tuple[Any, ...]

    def __call__(self, value: Any, at: str) -> Any:
        """Return a value that asks for nothing."""
        if not any(_same(value, neutral) for neutral in self.neutral):
            wrong(at, f"{shown(value)} is not supported by this server; leave it out")
        return value


def only(*neutral: Any) -> Only:
    """Take values that ask for nothing, and refuse those that would be ignored silently."""
    return Only(neutral)


def _same(value: Any, neutral: Any) -> bool:
    return value == neutral and isinstance(value, bool) == isinstance(neutral, bool)


def flag(value: Any, at: str) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        wrong(at, f"must be true or false, got {shown(value)}")
    return value


def whole(least: int, most: int) -> Rule:
    """Take a whole number of a range; 5.0 is one, as in vLLM."""

    def rule(value: Any, at: str) -> int:
        number = int(value) if isinstance(value, float) and value.is_integer() else integer(value)
        if number is None or not least <= number <= most:
            wrong(at, f"must be a whole number from {least} to {most}, got {shown(value)}")
        return number

    return rule


def number(**limits: Any) -> Rule:
    """Take a finite number within the limits of `tokenworks.number.bounded`."""

    def rule(value: Any, at: str) -> float | int:
        try:
            return bounded(value, "", **limits)
        except ValueError as error:
            wrong(at, str(error).strip())

    return rule


def text(value: Any, at: str) -> str:
    """Take a text."""
    if not isinstance(value, str):
        wrong(at, f"must be a text, got {shown(value)}")
    return value


def one_of(*names: str) -> Rule:
    """Take one of a few words."""

    def rule(value: Any, at: str) -> str:
        if not isinstance(value, str) or value not in names:
            wrong(at, f"must be one of {', '.join(names)}, got {shown(value)}")
        return value

    return rule


def texts(most: int, longest: int) -> Rule:
    """Take one text or a list of them: at most `most`, none empty or over `longest` signs."""

    def rule(value: Any, at: str) -> tuple[str, ...]:
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            wrong(at, f"must be a text or a list of texts, got {shown(value)}")
        if len(found) > most:
            wrong(at, f"at most {most} are allowed, got {len(found)}")
        if not all(1 <= len(item) <= longest for item in found):
            wrong(at, f"each must have 1 to {longest} characters")
        return tuple(found)

    return rule


def labels(value: Any, at: str) -> dict[str, str]:
    """Take an object of texts by name, as OpenAI's metadata is."""
    found = anything(value, at)
    for name, label in found.items():
        text(label, f"{at}.{name}")
    return found


def token_ids(value: Any, at: str) -> frozenset[int]:
    """Take a list of token ids; whether the vocabulary has them is checked where it is known."""
    if not isinstance(value, list):
        wrong(at, f"must be a list of token ids, got {shown(value)}")
    return frozenset(_token_id(one, f"{at}[{i}]") for i, one in enumerate(value))


def biases(value: Any, at: str) -> tuple[tuple[int, Number], ...]:
    """Take numbers from -100 to 100 by token id, which JSON writes as a text."""
    found = []
    for name, bias in anything(value, at).items():
        place = f"{at}.{name}"
        token = int(name) if name.isdecimal() and len(name) < LONGEST_ID else name
        found.append((_token_id(token, place), number(least=-100, most=100)(bias, place)))
    return tuple(found)


def _token_id(value: Any, at: str) -> int:
    return whole(0, 10**LONGEST_ID)(value, at)


def anything(value: Any, at: str) -> dict[str, Any]:
    """Take an object whatever it holds: nothing of it can change a token."""
    if not isinstance(value, dict):
        wrong(at, f"must be an object, got {shown(value)}")
    return value


def record(schema: Schema) -> Rule:
    """Take an object with a schema of its own."""
    return lambda value, at: read(value, schema, at)


def shown(value: Any) -> str:
    """Return a client's value as it wrote it, cut where it is long."""
    try:
        found = json.dumps(value)
    except RecursionError:  # read without trouble, and still too deep to write
        return "something nested deeply"
    return found if len(found) <= LONGEST_NAME else f"{found[: LONGEST_NAME - 3]}..."


def _kind(value: Any) -> str:
    kinds = {list: "a list", str: "a text", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")
