"""The form of an answer, over the engine and a tiny model whose words are noise."""

import json
import sys
from dataclasses import replace

import pytest
from scripted import LM, Scripted, says
from sites import CHAT, COMPLETIONS, events, opened

from tokenworks.serving.buckets import Buckets
from tokenworks.serving.engine import Engine
from tokenworks.serving.policy import Policy
from tokenworks.serving.server.forms import KEPT, Forms
from tokenworks.serving.server.tools import calls_text

SCHEMA = {
    "type": "object",
    "properties": {"a": {"enum": ["x", "yy"]}, "b": {"type": "integer", "maximum": 9}},
    "required": ["a", "b"],
    "additionalProperties": False,
}
JSON = {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}}
FEW = Buckets(decodes=(4,), prompts=1, widths=(32,), contexts=(1000,))
TOOL = {"type": "function", "function": {"name": "f", "parameters": SCHEMA}}


def fits(text):
    found = json.loads(text)
    return set(found) == {"a", "b"} and found["a"] in ("x", "yy") and found["b"] <= 9


@pytest.fixture(scope="module")
def noise(tiny):
    """A server with few shapes to compile, which reads prompts in chunks."""
    policy = Policy(max_batch=4, max_batch_tokens=32, share_prefixes=True)
    lm = replace(tiny, spec=replace(tiny.spec, context_tokens=1000))
    engine = Engine(lm, policy, blocks=300, block_size=4, context_tokens=1000, buckets=FEW)
    with opened(engine, max_waiting=64) as here:
        yield here


def test_answers_are_of_the_schema_and_streams_are_the_same(noise):
    body = {"prompt": "abc abc", "n": 4, "max_tokens": 150, "response_format": JSON, "seed": 5}
    body |= {"temperature": 2, "logprobs": 1}
    status, whole = noise.post(COMPLETIONS, body)
    assert status == 200
    ended = [choice for choice in whole["choices"] if choice["finish_reason"] == "stop"]
    assert len(ended) >= 2
    assert all(fits(choice["text"]) for choice in ended)
    assert len({choice["text"] for choice in ended}) > 1  # each goes its own way
    for choice in ended:
        tokens = choice["logprobs"]["tokens"]
        assert "".join(tokens[:-1]) == choice["text"]
    parts = dict.fromkeys(range(4), "")
    with noise.send(COMPLETIONS, body | {"stream": True}) as response:
        *chunks, _ = events(response)
    for chunk in map(json.loads, chunks):
        for choice in chunk["choices"]:
            parts[choice["index"]] += choice["text"]
    assert parts == {choice["index"]: choice["text"] for choice in whole["choices"]}
    pool = noise.engine.scheduler.pool
    assert pool.free_blocks == pool.blocks


def test_a_form_beside_answers_without_one(noise):
    """A mask is of one row: the same answers come out whoever else is in the batch."""
    plain = {"prompt": "abc", "max_tokens": 20, "seed": 3, "ignore_eos": True}
    held = {"prompt": "abc", "max_tokens": 60, "seed": 3, "response_format": JSON}
    alone = [noise.post(COMPLETIONS, body)[1]["choices"][0]["text"] for body in (plain, held)]
    with noise.send(COMPLETIONS, held) as first, noise.send(COMPLETIONS, plain) as second:
        both = [json.loads(each.read())["choices"][0]["text"] for each in (second, first)]
    assert both == alone


def test_any_object_will_do_for_json_object(noise):
    body = {"prompt": "a", "max_tokens": 200, "response_format": {"type": "json_object"}}
    body |= {"temperature": 0, "logit_bias": {str(noise.engine.lm.tokenizer.encode("}")[0]): 100}}
    answer = noise.post(COMPLETIONS, body)[1]["choices"][0]
    assert answer["finish_reason"] == "stop"
    assert isinstance(json.loads(answer["text"]), dict)


def call_of(message):
    (call,) = message["tool_calls"]
    assert call["type"] == "function"
    return call["function"]


def test_a_tool_is_called_with_arguments_of_its_schema(noise):
    body = {"messages": [{"role": "user", "content": "hi"}], "tools": [TOOL], "max_tokens": 200}
    body |= {"tool_choice": "required", "seed": 2}
    choice = noise.post(CHAT, body)[1]["choices"][0]
    function = call_of(choice["message"])
    assert function["name"] == "f"
    assert fits(function["arguments"])
    assert (choice["finish_reason"], choice["message"]["content"]) == ("tool_calls", None)
    with noise.send(CHAT, body | {"stream": True}) as response:
        *chunks, _ = events(response)
    deltas = [json.loads(chunk)["choices"][0] for chunk in chunks]
    calls = [each for one in deltas for each in one["delta"].get("tool_calls", ())]
    assert {each["index"] for each in calls} == {0}
    assert [each["function"]["name"] for each in calls if "name" in each["function"]] == ["f"]
    assert "".join(each["function"]["arguments"] for each in calls) == function["arguments"]
    assert deltas[-1]["finish_reason"] == "tool_calls"
    named = body | {"tool_choice": {"type": "function", "function": {"name": "f"}}}
    choice = noise.post(CHAT, named)[1]["choices"][0]
    assert fits(call_of(choice["message"])["arguments"])
    assert choice["finish_reason"] == "stop"  # as in vLLM: who asked for it knows


def test_both_a_form_and_a_tool(noise):
    """Either comes; no other text can."""
    kinds = set()
    for seed in range(8):
        body = {"messages": [{"role": "user", "content": "hi"}], "tools": [TOOL], "seed": seed}
        body |= {"max_tokens": 250, "response_format": JSON, "temperature": 3}
        choice = noise.post(CHAT, body)[1]["choices"][0]
        kinds.add(choice["finish_reason"])
        if choice["finish_reason"] == "stop":
            assert fits(choice["message"]["content"])
        elif choice["finish_reason"] == "tool_calls":
            assert fits(call_of(choice["message"])["arguments"])
    assert kinds & {"stop", "tool_calls"}


@pytest.mark.parametrize("text", ["Hello!", "<tool is no call", ""])
def test_text_beside_tools_is_text(site, text):
    here = site(Scripted(says(text), context_tokens=2000, blocks=600))
    body = {"messages": [{"role": "user", "content": "hi"}], "tools": [TOOL]}
    choice = here.post(CHAT, body)[1]["choices"][0]
    assert choice["message"]["content"] == text
    assert "tool_calls" not in choice["message"]
    assert choice["finish_reason"] == "stop"
    with here.send(CHAT, body | {"stream": True}) as response:
        *chunks, _ = events(response)
    deltas = [json.loads(chunk)["choices"][0]["delta"] for chunk in chunks]
    assert "".join(delta.get("content") or "" for delta in deltas) == text


def test_a_call_out_of_free_text_is_told_as_one(site):
    here = site(Scripted(says(calls_text([("f", "{}")])), context_tokens=2000, blocks=600))
    body = {"messages": [{"role": "user", "content": "hi"}], "tools": [TOOL]}
    choice = here.post(CHAT, body)[1]["choices"][0]
    assert call_of(choice["message"]) == {"name": "f", "arguments": "{}"}
    assert choice["message"]["tool_calls"][0]["id"].startswith("call_")


def schema(value):
    return {"type": "json_schema", "json_schema": {"name": "n", "schema": value}}


@pytest.mark.parametrize(
    ("given", "param", "told"),
    [
        (17, "response_format", "must be an object"),
        ({}, "response_format.type", "is missing"),
        ({"type": "xml"}, "response_format.type", "must be one of text, json_object, json_schema"),
        ({"type": "json_schema"}, "response_format.json_schema", "is needed"),
        ({"type": "text", "json_schema": {}}, "response_format.json_schema", "only there"),
        (
            {"type": "json_schema", "json_schema": {"schema": {}}},
            "response_format.json_schema.name",
            "is missing",
        ),
        (
            {"type": "json_schema", "json_schema": {"name": "n"}},
            "response_format.json_schema.schema",
            "is missing",
        ),
        (schema([]), "response_format.json_schema.schema", "must be a JSON schema, an object"),
        (
            schema({"enum": ["x" * 130_000]}),
            "response_format.json_schema.schema",
            "at most 120000 are allowed",
        ),
        (schema({"type": "no"}), "response_format.json_schema.schema", "Invalid type: no"),
        (
            schema({"not": {}}),
            "response_format.json_schema.schema",
            'Unimplemented keys: ["not"]',
        ),
        (schema({"$ref": "#/a"}), "response_format.json_schema.schema", "does not exist"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_wrong_format_is_named_in_one_line(noise, given, *, param, told):
    status, answer = noise.post(COMPLETIONS, {"prompt": "a", "response_format": given})
    assert (status, answer["error"]["param"]) == (400, param)
    assert told in answer["error"]["message"]
    assert "\n" not in answer["error"]["message"]
    assert len(answer["error"]["message"]) < 400


def test_a_tool_with_a_wrong_schema_is_named(noise):
    bad = {"type": "function", "function": {"name": "g", "parameters": {"type": "no"}}}
    body = {"messages": [{"role": "user", "content": "a"}], "tools": [TOOL, bad]}
    status, answer = noise.post(CHAT, body)
    assert (status, answer["error"]["param"]) == (400, "tools[1].function.parameters")


def test_without_the_package_it_is_said(noise, monkeypatch):
    monkeypatch.setitem(sys.modules, "llguidance", None)
    noise.server.api.forms._grammars, kept = None, noise.server.api.forms._grammars
    given = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"const": "new"}}}
    status, answer = noise.post(COMPLETIONS, {"prompt": "a", "response_format": given})
    noise.server.api.forms._grammars = kept
    assert status == 400
    assert "pip install 'tokenworks[grammar]'" in answer["error"]["message"]


def test_the_last_forms_are_kept(ask):
    forms = Forms(LM.tokenizer)
    each = [ask(response_format=schema({"const": i})).form for i in range(KEPT + 1)]
    first = forms.compiled(each[0])
    assert forms.compiled(each[0]) is first
    for form in each[1:]:
        forms.compiled(form)
    assert forms.compiled(each[0]) is not first
    assert len(forms._kept) == KEPT
