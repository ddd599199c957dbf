"""Whether prompts and answers should have chips of their own: six gates, each with its number.

Splitting takes a second pool, a network and more to watch. It pays where long prompts are what
users wait for, where they hold up answers even when they are read in chunks, where both pools are
kept busy, and where the cache arrives in time. Chunks are to be tried first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from tokenworks.cost.domain import NotNegative, Positive, physical
from tokenworks.cost.fleet import Fleet
from tokenworks.cost.interference import Interference
from tokenworks.number import Number, bounded, make_bounded, rounded_up


@dataclass(frozen=True, kw_only=True)
class GateBounds:
    """From where on each gate is open. Assumptions, to be replaced by one's own.

    Shares outside 0 to 1 raise ValueError.
    """

    prompt_share: Number = 0.5  # of the time to first token, at least
    busy_share: Number = 0.5  # of the emptier pool, at least
    transfer_share: Number = 0.25  # of the time to first token, at most
    traced_share: Number = 0.95  # of failures whose stage is known, at least

    def __post_init__(self) -> None:
        make_bounded(self, "prompt_share", "busy_share", "transfer_share", "traced_share", most=1)


ASSUMED = GateBounds()


@dataclass(frozen=True, kw_only=True)
class PhaseLoad:
    """What the gates look at: bounds on both times, and what was measured or is to be expected.

    Slices are counted before rounding up. `ratio_swing` is the largest number of prefill for each
    decode slice over the smallest, through a day; `ratio_range` how far the platform follows, 1 if
    it cannot scale one pool alone. Impossible values raise ValueError.
    """

    ttft_bound_seconds: Number
    tpot_bound_seconds: Number
    prompt_seconds: Number  # to read a prompt, alone
    longest_gap_seconds: Number  # between two tokens while a prompt is read, in chunks if possible
    prefill_slices_needed: Number
    decode_slices_needed: Number
    handed_bytes: Number
    link_bytes_per_s: Number
    ratio_swing: Number = 1.0
    ratio_range: Number = 1.0
    traced_share: Number = 0.0

    def __post_init__(self) -> None:
        above = ("ttft_bound_seconds", "tpot_bound_seconds", "link_bytes_per_s")
        make_bounded(self, *above, "prefill_slices_needed", "decode_slices_needed", above=True)
        make_bounded(self, "prompt_seconds", "longest_gap_seconds", "handed_bytes")
        make_bounded(self, "ratio_swing", "ratio_range", least=1)
        make_bounded(self, "traced_share", most=1)

    @property
    def transfer_seconds(self) -> float:
        """The floor of handing one prompt's cache over."""
        return self.handed_bytes / self.link_bytes_per_s


class Gate(NamedTuple):
    """One condition: its number, the bound, and on which side of it the gate is open."""

    name: str
    number: float
    side: Literal["at least", "at most"]
    bound: float

    @property
    def passed(self) -> bool:
        """Whether the number is on the right side; on the bound it is."""
        return self.number >= self.bound if self.side == "at least" else self.number <= self.bound

    @property
    def text(self) -> str:
        """Such as "prompts interrupt answers: 1.85, at least 1: passed"."""
        verdict = "passed" if self.passed else "not passed"
        return f"{self.name}: {self.number:.3g}, {self.side} {self.bound:g}: {verdict}"


class Readiness(NamedTuple):
    """All gates, and what splitting leaves of the time to first token."""

    gates: tuple[Gate, ...]
    split_ttft_seconds: float  # reading and handing over, at no queue

    @property
    def ready(self) -> bool:
        """Whether every gate is passed."""
        return all(gate.passed for gate in self.gates)

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the gates that are not."""
        return tuple(gate.name for gate in self.gates if not gate.passed)

    def gate(self, name: str) -> Gate:
        """Return a gate by name; an unknown name raises KeyError."""
        for each in self.gates:
            if each.name == name:
                return each
        raise KeyError(f"no gate {name!r}; known: {', '.join(each.name for each in self.gates)}")


def readiness(load: PhaseLoad, bounds: GateBounds = ASSUMED) -> Readiness:
    """Return the six gates of a load; each has a number of its own and none looks at another.

    Source: derived: https://arxiv.org/abs/2401.09670 (what pools of their own bring and take);
    https://arxiv.org/abs/2403.02310 (chunks, which come first).
    """
    pools = (load.prefill_slices_needed, load.decode_slices_needed)
    emptier = min(needed / rounded_up(needed) for needed in pools)
    gates = (
        Gate(
            "prompts are the wait",
            load.prompt_seconds / load.ttft_bound_seconds,
            "at least",
            bounds.prompt_share,
        ),
        Gate(
            "prompts interrupt answers",
            load.longest_gap_seconds / load.tpot_bound_seconds,
            "at least",
            1.0,
        ),
        Gate("both pools are busy", emptier, "at least", bounds.busy_share),
        Gate(
            "the cache arrives in time",
            load.transfer_seconds / load.ttft_bound_seconds,
            "at most",
            bounds.transfer_share,
        ),
        Gate("pools scale apart", load.ratio_swing, "at most", load.ratio_range),
        Gate("failures are traced", load.traced_share, "at least", bounds.traced_share),
    )
    return Readiness(gates, load.prompt_seconds + load.transfer_seconds)


@physical
def phase_load(
    fleet: Fleet,
    beside: Interference,
    *,
    ttft_bound_seconds: Positive,
    tpot_bound_seconds: Positive,
    link_bytes_per_s: Positive,
    ratio_swing: Positive = 1.0,
    ratio_range: Positive = 1.0,
    traced_share: NotNegative = 0.0,
) -> PhaseLoad:
    """Return the load of slices, as is to be expected: of a fleet, and of a prompt beside answers.

    `beside` should have the chunks that would be served. Its prompt must be the fleet's, else
    ValueError. Source: derived: `fleet_for` and `prompt_beside`.
    """
    if beside.prompt_tokens != fleet.prompt_tokens:
        raise ValueError(
            f"the fleet reads prompts of {fleet.prompt_tokens:,} tokens, the interference is that "
            f"of {beside.prompt_tokens:,}: ask both of one length"
        )
    return PhaseLoad(
        ttft_bound_seconds=ttft_bound_seconds,
        tpot_bound_seconds=tpot_bound_seconds,
        prompt_seconds=fleet.prompt.expected_seconds,
        longest_gap_seconds=beside.longest_seconds,
        prefill_slices_needed=fleet.prefill_slices_needed,
        decode_slices_needed=fleet.decode_slices_needed,
        handed_bytes=fleet.handed_bytes,
        link_bytes_per_s=link_bytes_per_s,
        ratio_swing=ratio_swing,
        ratio_range=ratio_range,
        traced_share=bounded(traced_share, "traced_share", most=1),
    )


@physical
def needed_bytes_per_s(handed_bytes: NotNegative, transfer_seconds: Positive) -> float:
    """Return the rate that hands a cache over in so much time: what a printed time implies.

    Source: derived: bytes over seconds.
    """
    return handed_bytes / transfer_seconds
