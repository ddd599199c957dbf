import pytest
from scripted import ID, LM

from tokenworks.model.tokenizer import SYSTEM
from tokenworks.serving.server.errors import ApiError


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("ab", [[b"a", b"b"]]),
        (["a", "b"], [[b"a"], [b"b"]]),
        ([ID[b"a"], ID[b"b"]], [[b"a", b"b"]]),
        ([[ID[b"a"]], [ID[b"b"]]], [[b"a"], [b"b"]]),
    ],
)
def test_the_four_forms_of_a_prompt(ask, prompt, wanted):
    assert ask(prompt=prompt).prompts == tuple(tuple(ID[p] for p in one) for one in wanted)


def test_a_conversation_goes_through_the_chat_template(ask):
    messages = [
        {"role": "developer", "content": "be brief"},
        {"role": "user", "content": [{"type": "text", "text": "h"}, {"type": "text", "text": "i"}]},
        {"role": "assistant", "content": "yes?", "name": "bot"},
        {"role": "user", "content": "go"},
    ]
    (ids,) = ask(chat=True, messages=messages).prompts
    shown = LM.tokenizer.decode(ids)
    assert shown.startswith(
        "<|im_start|>system\nbe brief<|im_end|>\n<|im_start|>user\nhi<|im_end|>"
    )
    assert shown.endswith("<|im_start|>user\ngo<|im_end|>\n<|im_start|>assistant\n")
    assert SYSTEM in LM.tokenizer.decode(ask(chat=True).prompts[0])


@pytest.mark.parametrize(
    ("chat", "body", "param", "complaint"),
    [
        (False, {"prompt": None}, "prompt", "is missing"),
        (False, {"prompt": ""}, "prompt", "must be a text or a list"),
        (False, {"prompt": []}, "prompt", "must be a text or a list"),
        (False, {"prompt": ["a", ""]}, "prompt", "none empty"),
        (False, {"prompt": {"a": 1}}, "prompt", "must be a text or a list"),
        (False, {"prompt": [1, "a"]}, "prompt", "whole numbers from 0 to 257"),
        (False, {"prompt": [258]}, "prompt", "whole numbers from 0 to 257"),
        (False, {"prompt": [True]}, "prompt", "whole numbers from 0 to 257"),
        (False, {"prompt": "\ud800"}, "prompt", "lone surrogate"),
        (True, {"messages": []}, "messages", "at least one"),
        (True, {"messages": "hi"}, "messages", "must be a list"),
        (True, {"messages": ["hi"]}, "messages[0]", "must be an object"),
        (True, {"messages": [{"role": "function", "content": "x"}]}, "messages[0].role", "one of"),
        (True, {"messages": [{"role": "user"}]}, "messages[0].content", "is missing"),
        (True, {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
         "messages[0].content[0]", "no images"),
        (True, {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
         "messages[0].content[0]", "needs its text"),
        (True, {"messages": [{"role": ["user"], "content": "x"}]}, "messages[0].role", "one of"),
        (True, {"messages": [{"role": {}, "content": "x"}]}, "messages[0].role", "one of"),
        (True, {"messages": [{"content": "x"}]}, "messages[0].role", "is missing"),
        (True, {"messages": [{"role": "user", "content": "x", "name": 5}]},
         "messages[0].name", "must be a text"),
        (True, {"messages": [{"role": "user", "content": "x", "weight": 1}]},
         "messages[0].weight", "unknown field"),
        (True, {"messages": [{"role": "user", "content": [{"type": "text", "text": "x", "a": 1}]}]},
         "messages[0].content[0].a", "unknown field"),
        (True, {"messages": [{"role": "assistant", "content": "", "tool_calls": [1]}]},
         "messages[0].tool_calls[0]", "must be an object"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_is_wrong_with_a_prompt_is_named(ask, chat, body, *, param, complaint):
    with pytest.raises(ApiError, match=complaint) as caught:
        ask(chat=chat, **body)
    assert (caught.value.status, caught.value.param) == (400, param)
    assert caught.value.message.startswith(f"{param}: ")
