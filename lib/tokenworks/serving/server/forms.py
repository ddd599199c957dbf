"""`response_format` and `tools` as grammars: the form that an answer must have.

Shapes: https://platform.openai.com/docs/guides/structured-outputs; the grammars are in the dialect
of `tokenworks.model.grammar`.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenworks.model import Tokenizer
from tokenworks.model.grammar import Grammar, Grammars
from tokenworks.serving.server.errors import ApiError
from tokenworks.serving.server.fields import Schema, flag, one_of, read, text, wrong
from tokenworks.serving.server.tools import CALL, Tool, called

# Between two parts of JSON one blank, or a new line and its indent: a small model that may go on
# with blanks sometimes does so for ever.
BLANKS = {"x-guidance": {"whitespace_pattern": r" |\n {0,32}"}}
LONGEST_SCHEMA = 120_000  # characters, as at OpenAI
KEPT = 64  # compiled grammars
LONGEST_REASON = 300
TEXT = rf"TEXT: /(?s:.*)/ & ~/(?s:{CALL}.*)/"  # whatever is no call


def json_schema(value: Any, at: str) -> dict[str, Any]:
    """Take a JSON schema; whether it can be followed is found out when it is compiled."""
    if not isinstance(value, dict):
        wrong(at, "must be a JSON schema, an object")
    try:
        length = len(json.dumps(value))
    except RecursionError:
        wrong(at, "is nested too deeply")
    if length > LONGEST_SCHEMA:
        wrong(at, f"the schema has {length} characters, and at most {LONGEST_SCHEMA} are allowed")
    return value


FORMATS = ("text", "json_object", "json_schema")
FORMAT: Schema = {"type": one_of(*FORMATS), "json_schema": lambda value, at: read(value, NAMED, at)}
NAMED: Schema = {"name": text, "description": text, "schema": json_schema, "strict": flag}


def response_format(value: Any, at: str) -> tuple[str, dict[str, Any]] | None:
    """Take a format: where its schema stands, and the schema; None for plain text."""
    found = read(value, FORMAT, at)
    kind, named = found.get("type"), found.get("json_schema")
    if kind is None:
        wrong(f"{at}.type", f"is missing: must be one of {', '.join(FORMATS)}")
    if (kind == "json_schema") != (named is not None):
        wrong(f"{at}.json_schema", "is needed where the type is json_schema, and only there")
    if named is None:
        return None if kind == "text" else (at, {"type": "object"})
    for name in ("name", "schema"):
        if name not in named:
            wrong(f"{at}.json_schema.{name}", "is missing")
    return f"{at}.json_schema.schema", named["schema"]


@dataclass(frozen=True)
class Form:
    """A grammar; its `parts` are grammars of their own, each of the field that stands before it."""

    grammar: str
    parts: tuple[tuple[str, str], ...]


def form_of(
    wanted: tuple[str, dict[str, Any]] | None, tools: Sequence[Tool], *, must_call: bool
) -> Form | None:
    """Return the form of an answer: a text or a format, or a call of one of the tools.

    With `must_call` nothing but a call. None: any text at all.
    """
    if wanted is None and not tools:
        return None
    parts = [(tool.at, _start(_json(tool.parameters))) for tool in tools]
    rules, ways = [called(tools, [_json(tool.parameters) for tool in tools])] if tools else [], []
    if tools:
        ways.append("call")
    if wanted is not None and not must_call:
        parts.append((wanted[0], _start(_json(wanted[1]))))
        rules.append(f"answer: {_json(wanted[1])}")
        ways.append("answer")
    elif not must_call:
        rules.append(TEXT)
        ways.append("TEXT")
    return Form("\n".join([_start(" | ".join(ways)), *rules]), tuple(parts))


def _start(rule: str) -> str:
    return f"start: {rule}"


def _json(schema: dict[str, Any]) -> str:
    return f"%json {json.dumps(schema | BLANKS)}"


class Forms:
    """Compiles forms for one tokenizer, and keeps the last ones: clients send the same again."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self._grammars: Grammars | None = None  # made when the first one comes
        self._kept: OrderedDict[str, Grammar] = OrderedDict()

    def compiled(self, form: Form) -> Grammar:
        """Return the grammar of a form, on the one thread that reads; a wrong one is refused."""
        if (kept := self._kept.get(form.grammar)) is not None:
            self._kept.move_to_end(form.grammar)
            return kept
        for at, part in form.parts:
            self._compile(part, at)
        found = self._kept[form.grammar] = self._compile(form.grammar, form.parts[0][0])
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    def _compile(self, lark: str, at: str) -> Grammar:
        try:
            self._grammars = self._grammars or Grammars(self.tokenizer)
            return self._grammars.compiled(lark)
        except ModuleNotFoundError as error:
            raise ApiError(f"{at}: this server cannot do that: {error}", param=at) from None
        except ValueError as error:
            raise ApiError(f"{at}: {_reason(str(error))}", param=at) from None


def _reason(message: str) -> str:
    """Return what llguidance says of a schema in one line, without the grammar around it."""
    told = " ".join(re.sub(r"\n +\d+ \|.*|^(at )?\d+\(\d+\): ", "", message, flags=re.S).split())
    told = told.removeprefix("failed to compile JSON schema: ")
    return told if len(told) <= LONGEST_REASON else f"{told[:LONGEST_REASON]}..."
