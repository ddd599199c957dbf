"""What a client may choose about an answer: how it is drawn and where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenworks.model.sampling import Sampling
from tokenworks.number import Number, make_whole


def stop_strings(stop: str | Sequence[str]) -> tuple[str, ...]:
    """Return one stop string or several as a tuple; an empty one raises ValueError."""
    stops = (stop,) if isinstance(stop, str) else tuple(stop)
    if not all(isinstance(each, str) and each for each in stops):
        raise ValueError(f"stop strings must be non-empty text, got {stops!r}")
    return stops


@dataclass(frozen=True, kw_only=True)
class SamplingParams:
    """How an answer is drawn and where it ends: `Sampling`, and what else a client may choose.

    The names are vLLM's (https://docs.vllm.ai/en/stable/api/vllm/sampling_params/). For the first
    five see Sampling, for `stop` and `logprobs` TextRequest. Impossible values raise ValueError.
    """

    temperature: Number = 1.0
    top_k: int | None = None
    top_p: Number = 1.0
    min_p: Number = 0.0
    seed: int = 0
    max_tokens: int = 16
    stop: str | Sequence[str] = ()
    ignore_eos: bool = False
    logprobs: int | None = None

    def __post_init__(self) -> None:
        _ = self.sampling
        make_whole(self, "max_tokens")
        if not isinstance(self.ignore_eos, bool):
            raise ValueError(f"ignore_eos must be True or False, got {self.ignore_eos!r}")
        if self.logprobs is not None:
            make_whole(self, "logprobs", least=0)
        object.__setattr__(
            self, "stop", stop_strings(self.stop)
        )  # a value, equal and hashed as one

    @property
    def sampling(self) -> Sampling:
        """How each token is drawn."""
        return Sampling(
            temperature=self.temperature,
            top_k=self.top_k,
            top_p=self.top_p,
            min_p=self.min_p,
            seed=self.seed,
        )


DEFAULT_PARAMS = SamplingParams()
