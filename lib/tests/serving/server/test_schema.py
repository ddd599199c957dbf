"""Every field of OpenAI and vLLM: honoured, of a right type and ignored, or refused."""

import pytest

from tokenworks.serving.server.errors import ApiError
from tokenworks.serving.server.fields import Only
from tokenworks.serving.server.schema import IGNORED, NEUTRAL

RIGHT = {
    "metadata": {"run": "7"},
    "moderation": {},
    "parallel_tool_calls": False,
    "prediction": {"type": "content", "content": "a"},
    "prompt_cache_options": {},
    "service_tier": "auto",
}


@pytest.mark.parametrize("name", sorted(IGNORED))
def test_what_changes_no_token_is_accepted_where_its_type_is_right(ask, name):
    ask(**{name: RIGHT.get(name, "anything")})
    for value in (17, ["zz"], "zz" if name in RIGHT else {}):
        with pytest.raises(ApiError) as caught:
            ask(**{name: value})
        assert (caught.value.status, caught.value.param) == (400, name)


@pytest.mark.parametrize("name", sorted(NEUTRAL))
def test_what_would_be_ignored_silently_is_refused_unless_it_asks_for_nothing(ask, name):
    rule = NEUTRAL[name]
    assert isinstance(rule, Only)
    for value in rule.neutral:
        ask(**{name: value})
    with pytest.raises(ApiError, match=f"{name}: 17 is not supported") as caught:
        ask(**{name: 17})
    assert caught.value.param == name


def test_the_values_that_ask_for_nothing_are_those_of_the_formulas():
    """A factor of 1, an exponent of 1, a sum of 0: as vLLM and OpenAI document their defaults."""
    ones = {"best_of", "length_penalty", "stream_interval"}
    nothing = {"priority", "routed_experts_prompt_start"}
    numbers = {n: r.neutral for n, r in NEUTRAL.items() if any(type(v) is int for v in r.neutral)}
    del numbers["thinking_token_budget"]  # -1 is vLLM's word for no limit
    assert numbers == dict.fromkeys(ones, (1,)) | dict.fromkeys(nothing, (0,))


# vllm/entrypoints/openai/{completion,chat_completion}/protocol.py, accessed 2026-11-29: every
# default that is not null. A client that sends them all asks for nothing special.
VLLM = {
    "n": 1,
    "stop": [],
    "stream": False,
    "use_beam_search": False,
    "length_penalty": 1.0,
    "stop_token_ids": [],
    "include_stop_str_in_output": False,
    "ignore_eos": False,
    "min_tokens": 0,
    "skip_special_tokens": True,
    "spaces_between_special_tokens": True,
    "bad_words": [],
    "echo": False,
    "priority": 0,
    "return_token_offsets": False,
    "routed_experts_prompt_start": 0,
    "return_mm_kwargs": True,
}
VLLM_CHAT = VLLM | {
    "logprobs": False,
    "top_logprobs": 0,
    "tool_choice": "none",
    "include_reasoning": True,
    "parallel_tool_calls": True,
    "add_generation_prompt": True,
    "continue_final_message": False,
    "add_special_tokens": False,
    "chat_template_kwargs": {},
}
VLLM_SAMPLING = {
    "repetition_penalty": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": 0,
    "min_p": 0.0,
}


def test_a_client_that_sends_every_default_of_vllm_is_served(ask):
    plain = ask(seed=1)
    assert ask(seed=1, max_tokens=16, add_special_tokens=True, **VLLM, **VLLM_SAMPLING) == plain
    assert ask(chat=True, seed=1, **VLLM_CHAT, **VLLM_SAMPLING) == ask(chat=True, seed=1)
