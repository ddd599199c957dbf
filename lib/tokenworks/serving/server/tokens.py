"""What the steps make of one sequence: text, counts and log-probabilities, and how they add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tokenworks.model.logprobs import TokenLogprobs
from tokenworks.serving.request import StopReason
from tokenworks.serving.text_requests import TextRequest

FINISH_REASON = {
    "length": "length",
    "stop": "stop",
    "eos": "stop",
    "cancelled": "abort",
    "error": "error",  # as in vLLM: the model's numbers were no numbers
}


@dataclass
class Delta:
    """What a sequence has got since it was last read: one step's, or several steps' together."""

    texts: list[str] = field(default_factory=list)
    tokens: int = 0
    scored: list[TokenLogprobs] = field(default_factory=list)
    stop_reason: StopReason | None = None
    cached: int = 0  # tokens of its prompt that needed no computing
    first: bool = False  # whether it begins the answer
    prompt_scores: Sequence[TokenLogprobs | None] = ()  # of each token of the prompt, if wanted

    def add(self, later: Delta) -> None:
        """Append what came later, in place: a client that lags costs no more than one that reads.

        As in vLLM (https://github.com/vllm-project/vllm/pull/12298).
        """
        self.texts += later.texts
        self.tokens += later.tokens
        self.scored += later.scored
        self.stop_reason = later.stop_reason or self.stop_reason
        self.cached += later.cached
        if later.first:
            self.first, self.prompt_scores = True, later.prompt_scores

    @property
    def text(self) -> str:
        """The text that became certain; never part of a character."""
        return "".join(self.texts)

    @property
    def finish_reason(self) -> str | None:
        """Why it ended, in OpenAI's words; None while it goes on."""
        return FINISH_REASON[self.stop_reason] if self.stop_reason else None


def newest(request: TextRequest, tokens: int = 1) -> Delta:
    """Return what the step that has just been entered gave a request: so many tokens.

    What a fork has of its parent was not found: the prompt of both was computed now, once.
    """
    said = request.pieces[-tokens:]
    first = len(request.pieces) == tokens
    found = first and request.fork_of is None
    return Delta(
        texts=[piece for piece in said if piece],
        tokens=tokens,
        scored=[] if request.logprobs is None else request.output_logprobs[-tokens:],
        stop_reason=request.stop_reason,
        cached=request.cached_tokens if found else 0,
        first=first,
        prompt_scores=request.prompt_scores if first and request.reads_whole_prompt else (),
    )
