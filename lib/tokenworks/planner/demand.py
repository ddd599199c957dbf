"""What is asked of a deployment: a rate of requests, their lengths, and how long they may take."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.cost.token_rent import middle_tokens
from tokenworks.number import Number, make_bounded, make_whole
from tokenworks.serving.lengths import Lengths, fixed
from tokenworks.serving.metrics import Slo
from tokenworks.units import show_as

LEAST_RATE = 1e-6  # requests a second: one in twelve days
MOST_RATE = 10**6  # more than anybody has


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Requests a second that come independently of each other, all of the same two lengths.

    `percentile` of the requests keep `ttft_seconds`, and as many `tpot_seconds`. Impossible values
    raise ValueError.
    """

    requests_per_s: Number
    prompt_tokens: int
    output_tokens: int
    ttft_seconds: Number  # waiting counted
    tpot_seconds: Number  # the mean time a token of one answer, after its first
    percentile: Number = 99.0

    def __post_init__(self) -> None:
        make_bounded(self, "requests_per_s", least=LEAST_RATE, most=MOST_RATE)
        make_bounded(self, "ttft_seconds", "tpot_seconds", above=True)
        make_whole(self, "prompt_tokens", "output_tokens")
        make_bounded(self, "percentile", least=50, most=100, below=True)

    @property
    def longest(self) -> int:
        """Tokens of a sequence at the end of its answer."""
        return self.prompt_tokens + self.output_tokens

    @property
    def middle(self) -> int:
        """Tokens of a sequence in the middle of its answer."""
        return middle_tokens(self.prompt_tokens, self.output_tokens)

    @property
    def decoded(self) -> int:
        """Tokens of an answer that decode steps write: the first comes with the prompt."""
        return self.output_tokens - 1

    @property
    def output_tokens_per_s(self) -> float:
        """Tokens of answers that are asked for in a second."""
        return float(self.requests_per_s * self.output_tokens)

    @property
    def lengths(self) -> Lengths:
        """Where the simulator draws lengths from."""
        return Lengths(fixed(self.prompt_tokens), fixed(self.output_tokens))

    @property
    def slo(self) -> Slo:
        """The bounds of one request."""
        return Slo(ttft_seconds=self.ttft_seconds, tpot_seconds=self.tpot_seconds)

    @property
    def name(self) -> str:
        """The percentile as it is written: "P99"."""
        return f"P{self.percentile:g}"


def time_text(seconds: Number) -> str:
    """Return a time as an answer writes it, such as "11.5 ms"."""
    return show_as(seconds, "seconds")
