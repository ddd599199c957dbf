"""A request of `/v1/completions` or `/v1/chat/completions`, checked and understood.

The fields are OpenAI's (https://platform.openai.com/docs/api-reference/chat/create) and vLLM's
extensions (https://docs.vllm.ai/en/stable/serving/openai_compatible_server/): top_k, min_p,
ignore_eos and token ids as prompt. What a client may leave out has OpenAI's default.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields

from tokenworks.model import Sampling, Tokenizer
from tokenworks.number import make_bounded, make_whole
from tokenworks.serving.server.errors import ApiError
from tokenworks.serving.server.fields import (
    Body,
    flag,
    number,
    refuse_others,
    text,
    texts,
    whole,
    wrong,
)
from tokenworks.serving.server.prompts import conversation, prompt_list

SHARED = frozenset(
    [
        "model",
        "stream",
        "stream_options",
        "max_tokens",
        "temperature",
        "top_p",
        "top_k",
        "min_p",
        "n",
        "seed",
        "stop",
        "ignore_eos",
        "logprobs",
        "include_stop_str_in_output",
    ]
)
COMPLETION = SHARED | {"prompt"}
CHAT = SHARED | {"messages", "max_completion_tokens", "top_logprobs"}
MAX_TOP_LOGPROBS = 20
LARGEST_SEED = 2**63 - 1
DEFAULT_MAX_TOKENS = 16  # of a completion; a chat may go on to the end of the context


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one request may ask for, and how long one may keep the server waiting.

    A client that neither reads nor writes for `stall_seconds` is disconnected. Impossible values
    raise ValueError.
    """

    context_tokens: int
    max_choices: int = 16  # prompts × n
    max_stops: int = 16
    max_stop_length: int = 128
    max_body_bytes: int = 1 << 20
    max_open: int = 256  # HTTP requests in any stage, answered or not
    stall_seconds: float = 60.0

    def __post_init__(self) -> None:
        make_whole(self, *(f.name for f in fields(self) if f.name != "stall_seconds"))
        make_bounded(self, "stall_seconds", above=True)


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
    logprobs: int | None  # alternatives to list for each token; None: no log-probabilities
    stream: bool
    include_usage: bool
    continuous_usage: bool

    @property
    def choices(self) -> int:
        """Sequences that it runs."""
        return len(self.prompts) * self.n


def read_completion_request(
    body: Body, *, chat: bool, tokenizer: Tokenizer, model: str, limits: Limits
) -> CompletionRequest:
    """Return what a body asks for; whatever is wrong with it raises ApiError."""
    refuse_others(body, CHAT if chat else COMPLETION)
    _check_model(text(body, "model"), model)
    stream, options = flag(body, "stream"), _stream_options(body)
    prompts = conversation(body, tokenizer) if chat else prompt_list(body, tokenizer)
    n = whole(body, "n", least=1, most=limits.max_choices) or 1
    if len(prompts) * n > limits.max_choices:
        wrong("n", f"{len(prompts)} prompts × {n} are more than {limits.max_choices} answers")
    most = _max_tokens(body, chat, limits)
    for ids in prompts:
        _check_length(ids, most, limits)
    if flag(body, "include_stop_str_in_output"):
        wrong("include_stop_str_in_output", "this server never returns the stop string")
    return CompletionRequest(
        chat=chat,
        prompts=tuple(prompts),
        n=n,
        max_tokens=most or limits.context_tokens - len(prompts[0]),  # a chat has one prompt
        sampling=_sampling(body),
        stop=texts(body, "stop", most=limits.max_stops, longest=limits.max_stop_length),
        ignore_eos=flag(body, "ignore_eos"),
        logprobs=_logprobs(body, chat),
        stream=stream,
        include_usage=options.get("include_usage", False),
        continuous_usage=options.get("continuous_usage_stats", False),
    )


def _check_model(asked: str | None, served: str) -> None:
    if asked is not None and asked != served:
        raise ApiError(
            f"the model {asked!r} does not exist here; this server has {served!r}",
            status=404,
            param="model",
            code="model_not_found",
        )


def _stream_options(body: Body) -> dict[str, bool]:
    value = body.get("stream_options", {})
    known = {"include_usage", "continuous_usage_stats", "include_obfuscation"}
    if not isinstance(value, dict) or not known.issuperset(value):
        wrong("stream_options", f"must be an object with some of {', '.join(sorted(known))}")
    options = {name: item for name, item in value.items() if item is not None}
    return {name: flag(options, name) for name in options}


def _max_tokens(body: Body, chat: bool, limits: Limits) -> int | None:
    most = limits.context_tokens
    old = whole(body, "max_tokens", least=1, most=LARGEST_SEED)
    new = whole(body, "max_completion_tokens", least=1, most=LARGEST_SEED)
    if old is not None and new is not None and old != new:
        wrong("max_tokens", "differs from max_completion_tokens; send one of them")
    asked = new if new is not None else old
    if asked is None:
        return None if chat else min(DEFAULT_MAX_TOKENS, most)
    return asked


def _check_length(ids: Sequence[int], most: int | None, limits: Limits) -> None:
    longest, asked = limits.context_tokens, most or 1
    if len(ids) + asked > longest:
        raise ApiError(
            f"This model's maximum context length is {longest} tokens. However, you requested "
            f"{len(ids) + asked} tokens ({len(ids)} in the prompt, {asked} in the completion).",
            param="max_tokens" if len(ids) < longest else "prompt",
            code="context_length_exceeded",
        )


def _sampling(body: Body) -> Sampling:
    top_k = whole(body, "top_k", least=-1, most=LARGEST_SEED)
    seed = whole(body, "seed", least=0, most=LARGEST_SEED)
    try:
        return Sampling(
            temperature=number(body, "temperature", default=1.0),
            top_k=None if top_k in (None, 0, -1) else top_k,  # vLLM: 0 and -1 keep all
            top_p=number(body, "top_p", default=1.0),
            min_p=number(body, "min_p", default=0.0),
            seed=secrets.randbits(63) if seed is None else seed,
        )
    except ValueError as error:
        name, _, message = str(error).partition(" ")
        wrong(name, message)


def _logprobs(body: Body, chat: bool) -> int | None:
    if not chat:
        return whole(body, "logprobs", least=0, most=MAX_TOP_LOGPROBS)
    wanted, top = (
        flag(body, "logprobs"),
        whole(body, "top_logprobs", least=0, most=MAX_TOP_LOGPROBS),
    )
    if top is not None and not wanted:
        wrong("top_logprobs", "needs logprobs: true")
    return (top or 0) if wanted else None
