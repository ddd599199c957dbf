"""What is asked of a deployment: a rate of requests, their lengths, and how long they may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean

from tokenworks.cost.token_rent import middle_tokens
from tokenworks.number import Number, make_bounded, make_whole, rounded_up
from tokenworks.percentiles import percentile
from tokenworks.serving.lengths import Lengths, Samples, fixed
from tokenworks.serving.metrics import Slo
from tokenworks.units import show_as

LEAST_RATE = 1e-6  # requests a second: one in twelve days
MOST_RATE = 10**6  # more than anybody has


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Requests a second that come independently of each other, of one pair of lengths or of many.

    `percentile` of the requests keep `ttft_seconds`, and as many `tpot_seconds`. Where there are
    `samples` the lengths are drawn from them, and both numbers of tokens are their rounded means.
    Impossible values raise ValueError.
    """

    requests_per_s: Number
    prompt_tokens: int
    output_tokens: int
    ttft_seconds: Number  # waiting counted
    tpot_seconds: Number  # the mean time a token of one answer, after its first
    percentile: Number = 99.0
    samples: Samples | None = None

    def __post_init__(self) -> None:
        make_bounded(self, "requests_per_s", least=LEAST_RATE, most=MOST_RATE)
        make_bounded(self, "ttft_seconds", "tpot_seconds", above=True)
        make_whole(self, "prompt_tokens", "output_tokens")
        make_bounded(self, "percentile", least=50, most=100, below=True)
        means = tokens_asked(None, None, self.samples) if self.samples else None
        if means and means != (self.prompt_tokens, self.output_tokens):
            raise ValueError(
                f"prompt_tokens and output_tokens of these samples are {means[0]} and {means[1]}, "
                "their rounded means: take those of tokens_asked"
            )

    @cached_property
    def longest(self) -> int:
        """Tokens of the longest sequence at the end of its answer."""
        if self.samples is None:
            return self.prompt_tokens + self.output_tokens
        return max(sum(pair) for pair in self.samples.pairs)

    @cached_property
    def ended(self) -> int:
        """Tokens at the end of its answer of a sequence of a batch, the mean."""
        return self._of_a_batch(lambda prompt, output: prompt + output)

    @cached_property
    def middle(self) -> int:
        """Tokens in the middle of its answer of a sequence of a batch, the mean."""
        return self._of_a_batch(middle_tokens)

    @cached_property
    def late_prompt(self) -> int:
        """Tokens of a prompt than which enough are as long that it must be read in time, too."""
        if self.samples is None:
            return self.prompt_tokens
        prompts = [prompt for prompt, _ in self.samples.pairs]
        return int(percentile(prompts, self.percentile, method="inverted_cdf"))

    @cached_property
    def late_context(self) -> int:
        """Tokens before an answer than which enough have as many that it must be in time, too.

        Of one length the middle of the answer. Answers of a single token have no time a token.
        """
        if self.samples is None:
            return self.middle
        prompts = [prompt for prompt, output in self.samples.pairs if output > 1]
        if not prompts:
            return self.middle
        return int(percentile(prompts, self.percentile, method="inverted_cdf"))

    @cached_property
    def mean_answer(self) -> float:
        """Tokens of an answer, the mean, not rounded."""
        if self.samples is None:
            return float(self.output_tokens)
        return fmean(output for _, output in self.samples.pairs)

    @cached_property
    def spread(self) -> float:
        """The longest answer over the mean one: so much longer takes it until a load is steady."""
        if self.samples is None:
            return 1.0
        return max(output for _, output in self.samples.pairs) / self.mean_answer

    def _of_a_batch(self, tokens: Callable[[int, int], int]) -> int:
        """Return a mean in which a request counts as often as its answer has tokens."""
        if self.samples is None:
            return tokens(self.prompt_tokens, self.output_tokens)
        pairs = self.samples.pairs
        written = sum(output for _, output in pairs)
        return rounded_up(
            sum(output * tokens(prompt, output) for prompt, output in pairs) / written
        )

    @property
    def decoded(self) -> int:
        """Tokens of an answer that decode steps write: the first comes with the prompt."""
        return self.output_tokens - 1

    @property
    def output_tokens_per_s(self) -> float:
        """Tokens of answers that are asked for in a second."""
        return float(self.requests_per_s * self.mean_answer)

    @property
    def lengths(self) -> Lengths | Samples:
        """Where the simulator draws lengths from."""
        if self.samples is not None:
            return self.samples
        return Lengths(fixed(self.prompt_tokens), fixed(self.output_tokens))

    @property
    def lengths_text(self) -> str:
        """The lengths in words."""
        if self.samples is None:
            return "all of one length"
        ends = [
            f"{name} of {min(tokens):,} to {max(tokens):,} tokens (mean {fmean(tokens):,.0f})"
            for name, tokens in zip(
                ("prompts", "answers"), zip(*self.samples.pairs, strict=True), strict=True
            )
        ]
        drawn = f"drawn from {len(self.samples.pairs):,} pairs of lengths"
        return f"{drawn}, {' and '.join(ends)}"

    @property
    def slo(self) -> Slo:
        """The bounds of one request."""
        return Slo(ttft_seconds=self.ttft_seconds, tpot_seconds=self.tpot_seconds)

    @property
    def name(self) -> str:
        """The percentile as it is written: "P99"."""
        return f"P{self.percentile:g}"


def tokens_asked(
    prompt_tokens: int | None, output_tokens: int | None, samples: Samples | None
) -> tuple[int, int]:
    """Return both lengths, of samples their rounded means; neither and both raise ValueError."""
    if samples is None:
        if prompt_tokens is None or output_tokens is None:
            raise ValueError("give prompt_tokens and output_tokens, or samples of both")
        return prompt_tokens, output_tokens
    if not (prompt_tokens is None and output_tokens is None):
        raise ValueError("give prompt_tokens and output_tokens, or samples of both: not all three")
    prompts, outputs = zip(*samples.pairs, strict=True)
    return round(fmean(prompts)), round(fmean(outputs))


def time_text(seconds: Number) -> str:
    """Return a time as an answer writes it, such as "11.5 ms"."""
    return show_as(seconds, "seconds")
