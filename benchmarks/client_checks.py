"""What public Python clients do with the server, each with its own defaults.

`benchmarks.clients` runs it in an environment that has the clients and not this project:

    python benchmarks/client_checks.py CLIENT ADDRESS

It prints one JSON object: for each feature "ok", or what went wrong.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from client_objects import (
    KEY,
    MODEL,
    QUESTION,
    WEATHER,
    Checks,
    fail,
    instructor,
    langchain_openai,
    llama_index,
    person,
    pydantic_ai,
    said,
)


def openai(url: str) -> Checks:
    """The client of OpenAI itself."""
    from openai import OpenAI

    client = OpenAI(base_url=url, api_key=KEY)
    usual = {"model": MODEL, "messages": [{"role": "user", "content": QUESTION}], "max_tokens": 120}
    chat = client.chat.completions

    def stream() -> None:
        chunks = chat.create(**usual, stream=True)
        said("".join(chunk.choices[0].delta.content or "" for chunk in chunks))

    def completion() -> None:
        answer = client.completions.create(
            model=MODEL, prompt="The sky is", max_tokens=4, logprobs=2, echo=True
        )
        assert answer.choices[0].text.startswith("The sky is")
        assert answer.choices[0].logprobs.token_logprobs[1] < 0

    def parsed() -> None:
        answer = chat.parse(**usual, response_format=person(), temperature=0)
        assert answer.choices[0].message.parsed.age >= 0

    return {
        "models": lambda: [each.id for each in client.models.list()] == [MODEL] or fail(),
        "chat": lambda: said(chat.create(**usual).choices[0].message.content),
        "stream": stream,
        "completion, echo and log-probabilities": completion,
        "schema": parsed,
        "tools": lambda: _two_rounds(chat),
    }


def _two_rounds(chat: Any) -> None:
    """Let a tool be called, and answer the call."""
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": _city()}}
    asked: Any = {"model": MODEL, "tools": [tool], "max_tokens": 120}
    messages: Any = [{"role": "user", "content": WEATHER}]
    message = chat.create(**asked, messages=messages, tool_choice="required").choices[0].message
    call = message.tool_calls[0]
    assert "city" in json.loads(call.function.arguments)
    messages += [message, {"role": "tool", "tool_call_id": call.id, "content": "18 C"}]
    assert chat.create(**asked, messages=messages).choices[0].finish_reason


def litellm(url: str) -> Checks:
    """A client of many servers."""
    import litellm as client

    client.telemetry = False
    usual: Any = {"model": f"openai/{MODEL}", "api_base": url, "api_key": KEY, "max_tokens": 120}
    asked = usual | {"messages": [{"role": "user", "content": QUESTION}]}
    named = {"name": "person", "schema": _person(), "strict": True}
    wanted = {"type": "json_schema", "json_schema": named}
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": _city()}}

    def message(**more: Any) -> Any:
        return client.completion(**asked | more).choices[0].message

    def stream() -> None:
        chunks = client.completion(**asked, stream=True)
        said("".join(chunk.choices[0].delta.content or "" for chunk in chunks))

    def completion() -> None:
        plain = usual | {"model": f"text-completion-openai/{MODEL}", "prompt": "The sky is"}
        said(client.text_completion(**plain).choices[0].text)

    def tools() -> None:
        call = message(tools=[tool], tool_choice="required").tool_calls[0].function
        assert "city" in json.loads(call.arguments)

    def schema() -> None:
        found = json.loads(message(response_format=wanted, temperature=0).content)
        assert set(found) == {"name", "age"}

    return {
        "chat": lambda: said(message().content),
        "stream": stream,
        "completion": completion,
        "schema": schema,
        "tools": tools,
    }


def _person() -> dict[str, Any]:
    name = {"type": "string", "maxLength": 40}  # else a small model may never close it
    properties = {"name": name, "age": {"type": "integer", "minimum": 0, "maximum": 150}}
    required = list(properties)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _city() -> dict[str, Any]:
    city = {"type": "string", "maxLength": 40}
    found = {"type": "object", "properties": {"city": city}, "required": ["city"]}
    return found | {"additionalProperties": False}


CLIENTS: dict[str, Callable[[str], Checks]] = {
    "openai": openai,
    "litellm": litellm,
    "langchain-openai": langchain_openai,
    "llama-index-llms-openai-like": llama_index,
    "instructor": instructor,
    "pydantic-ai-slim": pydantic_ai,
}


def main() -> None:
    """Run one client."""
    name, url = sys.argv[1:]
    found = {}
    for feature, check in CLIENTS[name](url).items():
        try:
            check()
            found[feature] = "ok"
        except Exception as error:  # whatever a client raises is the result
            found[feature] = f"{type(error).__name__}: {str(error)[:300]}"
    print(json.dumps(found))


if __name__ == "__main__":
    main()
