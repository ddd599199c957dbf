"""Every field that a request may have, each with its rule: what is honoured, ignored or refused.

The fields are OpenAI's (https://platform.openai.com/docs/api-reference/chat/create) and vLLM's
(vllm/entrypoints/openai/*/protocol.py, accessed 2026-11-29). A field that vLLM's clients send with
its default must not fail here; one that would change the answer must not be ignored silently.
"""

from __future__ import annotations

from tokenworks.serving.server.fields import (
    Schema,
    anything,
    biases,
    flag,
    labels,
    number,
    one_of,
    only,
    record,
    text,
    texts,
    token_ids,
    whole,
)
from tokenworks.serving.server.forms import json_schema, response_format
from tokenworks.serving.server.limits import Limits
from tokenworks.serving.server.tools import tool_choice, tool_list

MAX_TOP_LOGPROBS = 20
MOST = 2**63 - 1


# They cannot change a token of the answer; of another type they are mistakes all the same.
IGNORED: Schema = {
    "metadata": labels,
    "moderation": anything,
    "parallel_tool_calls": flag,
    "prediction": anything,
    "prompt_cache_key": text,
    "prompt_cache_options": anything,
    "prompt_cache_retention": text,
    "request_id": text,
    "safety_identifier": text,
    "service_tier": one_of("auto", "default", "flex", "scale", "priority"),
    "session_id": text,
    "user": text,
}
# They would change the answer if they were honoured.
NEUTRAL: Schema = {
    "add_generation_prompt": only(True),
    "add_special_tokens": only(True, False),  # this model has none to add
    "allowed_token_ids": only(),
    "audio": only(),
    "bad_words": only([]),
    "best_of": only(1),
    "cache_salt": only(),
    "chat_template": only(),
    "chat_template_kwargs": only({}),
    "continue_final_message": only(False),
    "documents": only([]),
    "function_call": only("none", "auto"),
    "functions": only([]),
    "guided_choice": only(),
    "guided_grammar": only(),
    "guided_json": only(),
    "guided_regex": only(),
    "include_reasoning": only(True, False),  # this model does not reason apart
    "include_stop_str_in_output": only(False),
    "kv_transfer_params": only(),
    "length_penalty": only(1),
    "logprob_token_ids": only(),
    "media_io_kwargs": only({}),
    "mm_processor_kwargs": only({}),
    "modalities": only(["text"]),
    "priority": only(0),
    "prompt_embeds": only(),
    "reasoning_effort": only("none"),
    "repetition_detection": only(),
    "return_prompt_text": only(False),
    "return_mm_kwargs": only(True, False),  # of endpoints that this server has not
    "return_token_ids": only(False),
    "return_token_offsets": only(False),
    "return_tokens_as_token_ids": only(False),
    "routed_experts_prompt_start": only(0),
    "spaces_between_special_tokens": only(True, False),  # byte-level tokens carry their spaces
    "store": only(False),
    "stream_interval": only(1),
    "structured_outputs": only(),
    "suffix": only(""),
    "thinking_token_budget": only(-1),
    "tool_choice": only("none", "auto"),  # a chat has both
    "tools": only([]),
    "truncate_prompt_tokens": only(),
    "truncation_side": only("left", "right"),
    "use_beam_search": only(False),
    "verbosity": only("medium"),
    "vllm_xargs": only({}),
    "watermarking": only(False),
    "web_search_options": only(),
}
STREAM_OPTIONS: Schema = dict.fromkeys(
    ("include_usage", "continuous_usage_stats", "include_obfuscation"), flag
)


# They are honoured, whatever the limits are.
HONOURED: Schema = {
    "model": text,
    "stream": flag,
    "stream_options": record(STREAM_OPTIONS),
    "temperature": number(least=0),
    "top_p": number(most=1, above=True),
    "top_k": whole(-1, MOST),
    "min_p": number(most=1, below=True),
    "prompt_logprobs": whole(0, MAX_TOP_LOGPROBS),
    "seed": whole(-MOST - 1, MOST),
    "stop_token_ids": token_ids,
    "min_tokens": whole(0, MOST),
    "presence_penalty": number(least=-2, most=2),
    "frequency_penalty": number(least=-2, most=2),
    "repetition_penalty": number(above=True),
    "logit_bias": biases,
    "response_format": response_format,
    "ignore_eos": flag,
    "skip_special_tokens": flag,
}


def request_schema(*, chat: bool, limits: Limits) -> Schema:
    """Return the rules for the body of a completion or a chat.

    Prompts and messages are passed through: they are read when everything else is right.
    """
    shared: Schema = {
        "max_tokens": whole(1 if chat else 0, MOST),
        "n": whole(1, limits.max_choices),
        "stop": texts(limits.max_stops, limits.max_stop_length),
    }
    own: Schema = (
        {
            "messages": _later,
            "max_completion_tokens": whole(1, MOST),
            "echo": only(False),
            "tools": tool_list(json_schema),
            "tool_choice": tool_choice,
            "logprobs": flag,
            "top_logprobs": whole(0, MAX_TOP_LOGPROBS),
        }
        if chat
        else {"prompt": _later, "echo": flag, "logprobs": whole(0, MAX_TOP_LOGPROBS)}
    )
    return {**IGNORED, **NEUTRAL, **HONOURED, **shared, **own}


def _later(value: object, _: str) -> object:
    return value
