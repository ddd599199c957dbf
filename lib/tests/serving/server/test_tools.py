import json

import pytest

from tokenworks.serving.server.errors import ApiError
from tokenworks.serving.server.tools import NO_PARAMETERS, calls_text, message_calls, told

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "description": "Of a city.", "parameters": CITY},
}
NOW = {"type": "function", "function": {"name": "now"}}


def wrong(ask, **body):
    with pytest.raises(ApiError) as caught:
        ask(chat=True, **body)
    assert caught.value.status == 400
    return caught.value.param, caught.value.message


def test_tools_may_be_called_unless_it_is_said_that_they_must(ask):
    kinds = {
        None: "auto",
        "auto": "auto",
        "required": "required",
        "none": "none",
    }
    for choice, kind in kinds.items():
        given = {} if choice is None else {"tool_choice": choice}
        asked = ask(chat=True, tools=[WEATHER, NOW], **given, limits={"context_tokens": 2000})
        assert asked.tool_choice.kind == kind
        assert (asked.form is None) == (kind == "none")
    for choice in ({}, {"tool_choice": "auto"}, {"tool_choice": "none"}):
        assert ask(chat=True, tools=[], **choice).form is None


def test_the_model_reads_of_the_tools_that_it_may_call(ask):
    def prompt(**body):
        asked = ask(chat=True, tools=[WEATHER, NOW], limits={"context_tokens": 2000}, **body)
        return bytes(i - 2 if i > 1 else 0 for i in asked.prompts[0]), len(asked.prompts[0])

    both, one, none = (
        prompt(tool_choice=choice)[1]
        for choice in ("auto", {"type": "function", "function": {"name": "now"}}, "none")
    )
    assert both > one > none


def test_what_the_model_reads():
    text = told([])
    assert text == ""
    from tokenworks.serving.server.tools import Tool

    text = told([Tool("now", "The time.", NO_PARAMETERS, "tools[0]")])
    listed = text[text.index("[") : text.index("</tools>")]
    assert json.loads(listed) == [
        {"name": "now", "description": "The time.", "parameters": NO_PARAMETERS}
    ]
    assert '<tool_call>[\n{"name": "now", "arguments": ' in text


BAD = {"type": "function", "function": {"name": "a b"}}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"tools": {}}, "tools"),
        ({"tools": [NOW] * 129}, "tools"),
        ({"tools": [NOW, NOW]}, "tools"),
        ({"tools": [17]}, "tools[0]"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [{"function": {"name": "a"}}]}, "tools[0].type"),
        ({"tools": [{"type": "custom", "custom": {}}]}, "tools[0].type"),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
        ({"tools": [BAD]}, "tools[0].function.name"),
        (
            {"tools": [{"type": "function", "function": {"name": "a", "parameters": 7}}]},
            "tools[0].function.parameters",
        ),
        (
            {"tools": [{"type": "function", "function": {"name": "a", "x": 7}}]},
            "tools[0].function.x",
        ),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": [], "tool_choice": "required"}, "tool_choice"),
        ({"tools": [NOW], "tool_choice": "now"}, "tool_choice"),
        ({"tools": [NOW], "tool_choice": {"type": "function"}}, "tool_choice.function.name"),
        (
            {"tools": [NOW], "tool_choice": {"type": "function", "function": {"name": "then"}}},
            "tool_choice",
        ),
        ({"tools": [NOW], "ignore_eos": True}, "ignore_eos"),
        ({"tools": [NOW], "min_tokens": 3}, "min_tokens"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_is_named(ask, body, param):
    assert wrong(ask, **body)[0] == param


def test_calls_and_their_answers_in_a_conversation(ask):
    call = {"id": "c1", "type": "function", "function": {"name": "now", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "noon"},
    ]
    plain = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": calls_text([("now", "{}")])},
        {"role": "user", "content": "<tool_response>\nnoon\n</tool_response>"},
    ]
    limits = {"context_tokens": 900}
    first = ask(chat=True, messages=messages, limits=limits)
    assert first.prompts == ask(chat=True, messages=plain, limits=limits).prompts
    assert message_calls([call, call], "") == [("now", "{}")] * 2


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ({"role": "assistant"}, "messages[0].content"),
        ({"role": "tool", "tool_call_id": "a"}, "messages[0].content"),
        ({"role": "user", "content": "a", "tool_call_id": "a"}, "messages[0].tool_call_id"),
        ({"role": "user", "content": "a", "tool_calls": [NOW]}, "messages[0].tool_calls"),
        ({"role": "assistant", "tool_calls": 7}, "messages[0].tool_calls"),
        (
            {"role": "assistant", "tool_calls": [{"id": "a"}]},
            "messages[0].tool_calls[0].function.name",
        ),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_wrong_message_is_named(ask, message, param):
    if message.get("tool_calls") == [NOW]:
        message = message | {"tool_calls": [{"function": {"name": "now", "arguments": "{}"}}]}
    assert wrong(ask, messages=[message])[0] == param
