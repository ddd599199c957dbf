"""Clients whose answers are objects of a type: LangChain, LlamaIndex, instructor, Pydantic AI."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

MODEL, KEY = "smollm2-135m", "none"
QUESTION = "Name a person and their age, as JSON."
WEATHER = "What is the weather in Paris? Call the tool."
Checks = dict[str, Callable[[], Any]]


def person() -> type:
    """Return the type that is asked for; without bounds a small model may never close a text."""
    from pydantic import BaseModel, Field

    class Person(BaseModel):
        name: str = Field(max_length=40)
        age: int = Field(ge=0, le=150)

    return Person


def said(text: Any) -> None:
    """Check that there is a text."""
    assert isinstance(text, str), f"not a text: {text!r}"
    assert text.strip(), "an empty text"


def is_a(found: Any, kind: type) -> None:
    """Check that an object has a type."""
    assert isinstance(found, kind), f"not a {kind.__name__}: {found!r}"


def fail() -> None:
    """Say that something is not what was expected."""
    raise AssertionError("not what was expected")


def langchain_openai(url: str) -> Checks:
    """LangChain's client of OpenAI."""
    from langchain_openai import ChatOpenAI

    Person = person()

    def get_weather(city: str) -> str:
        """Return the weather of a city."""
        return city

    client = ChatOpenAI(model=MODEL, base_url=url, api_key=KEY)  # pyright: ignore

    def tools() -> None:
        answer = client.bind_tools([get_weather], tool_choice="required").invoke(WEATHER)
        assert "city" in answer.tool_calls[0]["args"]

    return {
        "chat": lambda: said(client.invoke(QUESTION).content),
        "stream": lambda: said("".join(str(part.content) for part in client.stream(QUESTION))),
        "schema": lambda: is_a(client.with_structured_output(Person).invoke(QUESTION), Person),
        "tools": tools,
    }


def llama_index(url: str) -> Checks:
    """LlamaIndex's client of servers like OpenAI's."""
    from llama_index.core.llms import ChatMessage
    from llama_index.llms.openai_like import OpenAILike

    Person = person()
    usual: Any = {"model": MODEL, "api_base": url, "api_key": KEY, "max_tokens": 120}
    chat = OpenAILike(is_chat_model=True, is_function_calling_model=True, **usual)
    plain, messages = OpenAILike(**usual), [ChatMessage(role="user", content=QUESTION)]
    return {
        "chat": lambda: said(chat.chat(messages).message.content),
        "stream": lambda: said("".join(part.delta or "" for part in chat.stream_chat(messages))),
        "completion": lambda: said(plain.complete("The sky is").text),
        "schema, by a tool": lambda: is_a(
            chat.as_structured_llm(Person).complete(QUESTION).raw, Person
        ),
    }


def instructor(url: str) -> Checks:
    """Answers as objects of pydantic, by tools or by a schema."""
    import instructor as client
    from openai import OpenAI

    Person = person()

    def by(mode: Any) -> Any:
        inner = client.from_openai(OpenAI(base_url=url, api_key=KEY), mode=mode)
        made = inner.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": QUESTION}],
            response_model=Person,
            max_tokens=300,
        )
        return is_a(made, Person)

    modes = {"tools": client.Mode.TOOLS, "JSON": client.Mode.JSON_SCHEMA}
    return {name: lambda mode=mode: by(mode) for name, mode in modes.items()}


def pydantic_ai(url: str) -> Checks:
    """Agents: an output of a type is a tool that must be called."""
    from pydantic_ai import Agent, NativeOutput
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    Person = person()
    model = OpenAIChatModel(MODEL, provider=OpenAIProvider(base_url=url, api_key=KEY))

    async def streamed() -> None:
        async with Agent(model).run_stream(QUESTION) as answer:
            said("".join([part async for part in answer.stream_text(delta=True)]))

    return {
        "chat": lambda: said(Agent(model).run_sync(QUESTION).output),
        "stream": lambda: asyncio.run(streamed()),
        "schema, by a tool": lambda: is_a(
            Agent(model, output_type=Person).run_sync(QUESTION).output, Person
        ),
        "schema": lambda: is_a(
            Agent(model, output_type=NativeOutput(Person)).run_sync(QUESTION).output, Person
        ),
    }
