"""A request of `/v1/completions` or `/v1/chat/completions`, checked and understood.

What a client may leave out has OpenAI's default; the fields stand in `schema`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tokenworks.model import Sampling, Tokenizer
from tokenworks.model.steering import Steering
from tokenworks.serving.server.fields import Body, check_model, read, wrong
from tokenworks.serving.server.forms import Form, form_of
from tokenworks.serving.server.limits import Limits
from tokenworks.serving.server.prompts import Room, conversation, prompt_list, separate
from tokenworks.serving.server.schema import request_schema
from tokenworks.serving.server.tools import Tool, ToolChoice, usable

DEFAULT_MAX_TOKENS = 16  # of a completion; a chat may go on to the end of the context
LONGEST_USER = 256  # characters by which users are told apart
SEEDS = 2**64  # a negative seed stands for one of the upper half


@dataclass(frozen=True, kw_only=True)
class CompletionRequest:
    """One HTTP request: `n` answers to each prompt, which are token ids by now."""

    chat: bool
    prompts: tuple[tuple[int, ...], ...]
    n: int
    max_tokens: int
    sampling: Sampling
    stop: tuple[str, ...]
    ignore_eos: bool
    steering: Steering
    stop_token_ids: frozenset[int]
    min_tokens: int
    skip_special_tokens: bool
    echo: bool  # the prompt stands before its answer
    prompt_logprobs: int | None  # the same for the tokens of the prompt
    logprobs: int | None  # alternatives to list for each token; None: no log-probabilities
    form: Form | None  # that the answer must have
    tool_choice: ToolChoice
    stream: bool
    include_usage: bool
    continuous_usage: bool
    request_id: str | None  # the client's own name for it
    user: str  # for whom it asks, as it says

    @property
    def prompt_scores(self) -> int | None:
        """Alternatives to compute for each token of the prompt, or None for no scores of them."""
        echoed = self.logprobs if self.echo else None
        wanted = [count for count in (echoed, self.prompt_logprobs) if count is not None]
        return max(wanted, default=None)

    @property
    def choices(self) -> int:
        """Sequences that it runs."""
        return len(self.prompts) * self.n


def read_completion_request(
    body: Body, *, chat: bool, tokenizer: Tokenizer, model: str, limits: Limits
) -> CompletionRequest:
    """Return what a body asks for; whatever is wrong with it raises ApiError.

    Prompts come last: nothing is tokenized of a request that will be refused anyway.
    """
    asked = read(body, request_schema(chat=chat, limits=limits))
    check_model(asked.get("model"), model)
    _check_pairs(asked, chat)
    _check_vocabulary(asked, len(tokenizer.pieces))
    n, options = asked.get("n", 1), asked.get("stream_options", {})
    tools, choice = usable(asked) if chat else ((), ToolChoice("none"))
    form = form_of(asked.get("response_format"), tools, must_call=choice.kind == "required")
    if form is not None:
        _check_ends(asked)
    prompts, most = _prompts(asked, chat, tools=tools, tokenizer=tokenizer, limits=limits)
    return CompletionRequest(
        chat=chat,
        prompts=tuple(prompts),
        n=n,
        max_tokens=most,
        sampling=_sampling(asked),
        stop=asked.get("stop", ()),
        ignore_eos=asked.get("ignore_eos", False),
        steering=_steering(asked),
        stop_token_ids=asked.get("stop_token_ids", frozenset()),
        min_tokens=_min_tokens(asked, most),
        skip_special_tokens=asked.get("skip_special_tokens", True),
        echo=asked.get("echo", False),
        prompt_logprobs=asked.get("prompt_logprobs"),
        logprobs=_logprobs(asked, chat),
        form=form,
        tool_choice=choice,
        stream=asked.get("stream", False),
        include_usage=options.get("include_usage", False),
        continuous_usage=options.get("continuous_usage_stats", False),
        request_id=asked.get("request_id"),
        user=asked.get("user", "")[:LONGEST_USER],
    )


def _prompts(
    asked: Mapping[str, Any],
    chat: bool,
    *,
    tools: tuple[Tool, ...],
    tokenizer: Tokenizer,
    limits: Limits,
) -> tuple[list[tuple[int, ...]], int]:
    """Return the prompts and the tokens that each answer may have."""
    room = _room(asked, chat, limits)
    if chat:
        given = _given(asked, "messages")
        (prompt,) = conversation(given, tokenizer, room=room, tools=tools)
        left = limits.context_tokens - len(prompt)
        return [prompt], left if room.answer_tokens is None else room.answer_tokens
    _check_choices(len(separate(_given(asked, "prompt"))), asked.get("n", 1), limits)
    prompts = prompt_list(asked["prompt"], tokenizer, room=room)
    return prompts, room.answer_tokens or 0


def _given(asked: Mapping[str, Any], name: str) -> Any:
    if name not in asked:
        wrong(name, "is missing")
    return asked[name]


def _check_pairs(asked: Mapping[str, Any], chat: bool) -> None:
    """Refuse fields that are right alone and wrong together."""
    if "stream_options" in asked and not asked.get("stream"):
        wrong("stream_options", "needs stream: true")
    if chat and asked.get("top_logprobs") and not asked.get("logprobs"):  # 0 asks for nothing
        wrong("top_logprobs", "needs logprobs: true")
    if asked.get("stream") and asked.get("prompt_logprobs"):
        wrong("prompt_logprobs", "needs stream: false")
    if asked.get("max_tokens") == 0 and not asked.get("echo"):
        wrong("max_tokens", "must be a whole number from 1, unless echo is true")
    new, old = asked.get("max_completion_tokens"), asked.get("max_tokens")
    if None not in (new, old) and new != old:
        wrong("max_tokens", "differs from max_completion_tokens; send one of them")


def _check_ends(asked: Mapping[str, Any]) -> None:
    for name in ("ignore_eos", "min_tokens"):
        if asked.get(name):
            wrong(name, "cannot be where response_format or tools say how an answer ends")


def _check_vocabulary(asked: Mapping[str, Any], size: int) -> None:
    named = {
        "stop_token_ids": asked.get("stop_token_ids", ()),
        "logit_bias": [token for token, _ in asked.get("logit_bias", ())],
    }
    for name, tokens in named.items():
        if strange := [token for token in tokens if token >= size]:
            wrong(name, f"the vocabulary has {size} tokens, and none is {strange[0]}")


def _check_choices(prompts: int, n: int, limits: Limits) -> None:
    most = limits.max_choices
    if prompts > most:
        wrong("prompt", f"{prompts} prompts are more than this server takes at once, {most}")
    if prompts * n > most:
        wrong("n", f"{prompts} prompts × {n} are more than {most} answers")


def _room(asked: Mapping[str, Any], chat: bool, limits: Limits) -> Room:
    for name in ("max_completion_tokens", "max_tokens"):
        if name in asked:
            return Room(limits.context_tokens, asked[name], name)
    usual = None if chat else min(DEFAULT_MAX_TOKENS, limits.context_tokens)
    return Room(limits.context_tokens, usual, "")


def _sampling(asked: Mapping[str, Any]) -> Sampling:
    top_k = asked.get("top_k")
    seed = asked.get("seed")
    return Sampling(
        temperature=asked.get("temperature", 1.0),
        top_k=None if top_k in (None, 0, -1) else top_k,  # vLLM: 0 and -1 keep all
        top_p=asked.get("top_p", 1.0),
        min_p=asked.get("min_p", 0.0),
        seed=secrets.randbits(63) if seed is None else seed % SEEDS,
    )


def _steering(asked: Mapping[str, Any]) -> Steering:
    return Steering(
        presence=asked.get("presence_penalty", 0),
        frequency=asked.get("frequency_penalty", 0),
        repetition=asked.get("repetition_penalty", 1),
        bias=asked.get("logit_bias", ()),
    )


def _min_tokens(asked: Mapping[str, Any], most: int) -> int:
    least = asked.get("min_tokens", 0)
    if least > most:
        wrong("min_tokens", f"must be at most max_tokens, {most}, got {least}")
    return least


def _logprobs(asked: Mapping[str, Any], chat: bool) -> int | None:
    if not chat:
        return asked.get("logprobs")
    return asked.get("top_logprobs", 0) if asked.get("logprobs") else None
