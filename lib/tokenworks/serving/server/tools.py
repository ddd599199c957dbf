"""Tools: how a client names them, how the model is told of them, and how it calls one.

The model's way to call is that of its family's larger siblings, whose template is at
https://ollama.com/library/smollm2/blobs/dfebd0343bdd (accessed 2026-11-29): a list in JSON between
two marks. The grammar holds it to one call an answer, of a tool that there is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokenworks.serving.server.fields import Rule, Schema, flag, one_of, read, shown, text, wrong

CALL, END = "<tool_call>", "</tool_call>"
MOST_TOOLS = 128  # as at OpenAI
NO_PARAMETERS = {"type": "object", "properties": {}, "additionalProperties": False}
TOLD = """You may call one of these tools:
<tools>{tools}</tools>
To call one, answer with this and nothing else:
{example}"""


@dataclass(frozen=True)
class Tool:
    """A function that the model may call; `at` is the field with its parameters."""

    name: str
    description: str
    parameters: dict[str, Any]
    at: str


@dataclass(frozen=True)
class ToolChoice:
    """Whether a tool may be called ("auto"), must be ("required") or must not ("none").

    `name` says which, where the client does.
    """

    kind: str
    name: str | None = None


def _name(value: Any, at: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", value):
        wrong(at, f"must be 1 to 64 letters, digits, - or _, got {shown(value)}")
    return value


def tool_list(schema: Rule) -> Rule:
    """Return the rule for a list of tools, by that for the schemas of their parameters."""
    function: Schema = {
        "name": _name,
        "description": text,
        "parameters": schema,
        "strict": flag,
    }
    tool: Schema = {
        "type": one_of("function"),
        "function": lambda value, at: read(value, function, at),
    }

    def rule(value: Any, at: str) -> tuple[Tool, ...]:
        if not isinstance(value, list) or len(value) > MOST_TOOLS:
            wrong(at, f"must be a list of at most {MOST_TOOLS} tools")
        found = [_tool(read(one, tool, f"{at}[{i}]"), f"{at}[{i}]") for i, one in enumerate(value)]
        names = [each.name for each in found]
        if twice := [name for name in names if names.count(name) > 1]:
            wrong(at, f"two tools have the name {twice[0]}")
        return tuple(found)

    return rule


def _tool(found: Mapping[str, Any], at: str) -> Tool:
    for name in ("type", "function"):
        if name not in found:
            wrong(f"{at}.{name}", "is missing")
    function = found["function"]
    if "name" not in function:
        wrong(f"{at}.function.name", "is missing")
    return Tool(
        name=function["name"],
        description=function.get("description", ""),
        parameters=function.get("parameters", NO_PARAMETERS),
        at=f"{at}.function.parameters",
    )


CHOICE: Schema = {
    "type": one_of("function"),
    "function": lambda value, at: read(value, {"name": _name}, at),
}


def tool_choice(value: Any, at: str) -> ToolChoice:
    """Take none, auto, required, or the object that names a function."""
    if isinstance(value, dict):
        named = read(value, CHOICE, at).get("function", {}).get("name")
        if named is None:
            wrong(f"{at}.function.name", "is missing")
        return ToolChoice("required", named)
    return ToolChoice(one_of("none", "auto", "required")(value, at))


def usable(asked: Mapping[str, Any]) -> tuple[tuple[Tool, ...], ToolChoice]:
    """Return the tools that an answer may call, of those in a request, and how it may."""
    every = asked.get("tools", ())
    choice = asked.get("tool_choice", ToolChoice("auto" if every else "none"))
    if choice.kind == "none" or (choice.kind == "auto" and not every):
        return (), ToolChoice("none")
    if not every:
        wrong("tool_choice", "needs tools")
    named = [tool for tool in every if choice.name in (None, tool.name)]
    if not named:
        wrong("tool_choice", f"there is no tool {choice.name}")
    return tuple(named), choice


def told(tools: Sequence[Tool]) -> str:
    """Return what the model reads of its tools, behind the system's message; "" of none."""
    if not tools:
        return ""
    listed = [
        {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
        for tool in tools
    ]
    example = calls_text([(tools[0].name, '{"argument": "value"}')])
    return "\n\n" + TOLD.format(tools=json.dumps(listed, ensure_ascii=False), example=example)


def calls_text(calls: Sequence[tuple[str, str]]) -> str:
    """Return calls as the model writes them: names, and arguments in JSON."""
    each = [f'{{"name": "{name}", "arguments": {arguments}}}' for name, arguments in calls]
    listed = ",\n".join(each)
    return f"{CALL}[\n{listed}\n]{END}"


def answered(text: str) -> str:
    """Return what a tool has answered as the model reads it."""
    return f"<tool_response>\n{text}\n</tool_response>"


def called(tools: Sequence[Tool], parameters: Sequence[str]) -> str:
    """Return the rule of a grammar by which one of the tools is called, and no other text comes."""
    head, middle, tail = calls_text([("\0", "\0")]).split("\0")
    ways = [
        f"{json.dumps(tool.name + middle)} {each}"
        for tool, each in zip(tools, parameters, strict=True)
    ]
    return f"call: {json.dumps(head)} ({' | '.join(ways)}) {json.dumps(tail)}"


# Calls and their answers in the messages of a chat.

MESSAGE_CALL: Schema = {
    "id": text,
    "type": one_of("function"),
    "index": lambda value, at: value,
    "function": lambda value, at: read(value, {"name": _name, "arguments": text}, at),
}


def message_calls(value: Any, at: str) -> list[tuple[str, str]]:
    """Take the calls of an assistant's message: names and arguments."""
    if not isinstance(value, list):
        wrong(at, "must be a list of calls")
    found = []
    for i, one in enumerate(value):
        function = read(one, MESSAGE_CALL, f"{at}[{i}]").get("function", {})
        if "name" not in function:
            wrong(f"{at}[{i}].function.name", "is missing")
        found.append((function["name"], function.get("arguments") or "{}"))
    return found
