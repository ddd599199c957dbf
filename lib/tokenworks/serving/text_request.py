"""A request with its text: the ids that come in, and the ids that an engine adds to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tokenworks.model import Sampling
from tokenworks.serving.request import Request


class TokenLogprob(NamedTuple):
    """Natural log-probability of a drawn token, and of the likeliest ones, best first.

    Of the model's own distribution, before temperature and filters, as in vLLM
    (https://docs.vllm.ai/en/stable/api/vllm/config/: logprobs_mode "raw_logprobs").
    """

    logprob: float
    top: tuple[tuple[int, float], ...]  # token id, log-probability


@dataclass(kw_only=True, eq=False)
class TextRequest(Request):
    """A request that an engine can run; `prompt_tokens` is counted here.

    `logprobs` asks for that many likeliest tokens beside each drawn one; None asks for nothing.
    """

    prompt_tokens: int = field(default=0, init=False)
    prompt_ids: Sequence[int] = field(repr=False)
    sampling: Sampling
    ignore_eos: bool = False
    logprobs: int | None = None
    output_ids: list[int] = field(default_factory=list, init=False, repr=False)
    output_logprobs: list[TokenLogprob] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        self.prompt_tokens = len(self.prompt_ids)
        super().__post_init__()
