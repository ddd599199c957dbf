"""What a printed rate may count: tokens of answers or of prompts too, of all chips or of each."""

from __future__ import annotations

from typing import NamedTuple

from tokenworks.cost.domain import Count, Positive, physical


class Reading(NamedTuple):
    """One way to read a rate, and the wait for a first token that it implies."""

    counted: str
    output_tokens_per_s: float  # of all chips together
    ttft_seconds: float  # below 0: it cannot be read so

    @property
    def is_possible(self) -> bool:
        """Whether the requests have the time for their answers."""
        return self.ttft_seconds >= 0


@physical
def read_rate(
    printed_per_s: Positive,
    *,
    chips: Count,
    concurrency: Count,
    prompt_tokens: Positive,
    output_tokens: Positive,
    tpot_seconds: Positive,
) -> list[Reading]:
    """Return the four readings of a rate, the one with the shortest wait for a first token first.

    With so many requests always inside, each stays for concurrency · output_tokens / rate; what its
    answer does not need of that, output_tokens · TPOT, is left for the first token. A reading that
    leaves less than nothing is impossible; of the others the first is the likely one.
    Source: Little's law (https://doi.org/10.1287/opre.9.3.383).
    """
    answers = output_tokens / (prompt_tokens + output_tokens)
    rates = {
        "output of all chips": printed_per_s,
        "output of each chip": printed_per_s * chips,
        "input and output of all chips": printed_per_s * answers,
        "input and output of each chip": printed_per_s * answers * chips,
    }
    readings = [
        Reading(counted, rate, output_tokens * (concurrency / rate - tpot_seconds))
        for counted, rate in rates.items()
    ]
    return sorted(readings, key=lambda reading: (not reading.is_possible, reading.ttft_seconds))
