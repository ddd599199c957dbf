"""Speculation timed with the real model on a CPU: what drafts cost, what passes do, what is won."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Spread:
    """Median and range of the rounds of a measurement."""

    median: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class TimedDraft:
    """One draft on one kind of text, greedy; costs are in plain decoding's steps.

    `alpha` is accepted of judged guesses, where a pass without a guess judged one and refused it.
    `draft_cost` is a drafted token, `verify_cost` a pass. `formula` is the speed-up that
    `cost.speculative_speedup` gives with these three.
    """

    draft: str
    label: str
    kind: str
    tokens_per_pass: float
    alpha: float
    draft_cost: float
    verify_cost: Spread
    speedup: Spread
    formula: float
    source: str
    accessed: str

    @property
    def about(self) -> str:
        """What the row is of, where it stands alone."""
        return f"{self.label} on {self.kind}"


@dataclass(frozen=True)
class TimedPass:
    """A pass over several tokens, in passes over one by the library's own layout.

    `stored` is that layout, [out, in]; `transposed` is [in, out], which drafts were timed with.
    """

    tokens: int
    stored: Spread
    transposed: Spread
    source: str
    accessed: str

    @property
    def label(self) -> str:
        """What was timed."""
        return f"a pass over {self.tokens} tokens"


@dataclass(frozen=True)
class SpeculationTimes:
    """What was timed, and where; `gamma` guesses a pass, answers of `tokens` tokens at most.

    `cached_tokens` stood in the cache before a timed pass.
    """

    runs: tuple[TimedDraft, ...]
    passes: tuple[TimedPass, ...]
    gamma: int
    tokens: int
    cached_tokens: int
    source: str
    accessed: str
    machine: str
    cores: int

    def run(self, draft: str, kind: str) -> TimedDraft:
        """Return one draft on one kind of text; KeyError names those that there are."""
        found = {(each.draft, each.kind): each for each in self.runs}
        if (draft, kind) not in found:
            known = ", ".join(f"{one} on {other}" for one, other in found)
            raise KeyError(f"no run of {draft!r} on {kind!r} was timed; known: {known}")
        return found[draft, kind]


@cache
def measured_speculation() -> SpeculationTimes:
    """Return the speed-up of five drafts over plain decoding of SmolLM2-135M in float32.

    Source: benchmarks/speculation.py and, for the passes, benchmarks/verify_pass.py.
    """
    text = files("tokenworks.data").joinpath("speculation_times.json").read_text(encoding="utf-8")
    record = json.loads(text)
    origin = {name: record[name] for name in ("source", "accessed")}
    runs = [
        TimedDraft(**_spread(row, ("verify_cost", "speedup")), **origin)
        for row in record.pop("runs")
    ]
    of_passes = record.pop("of_passes")
    passes = [
        TimedPass(**_spread(row, ("stored", "transposed")), **of_passes)
        for row in record.pop("passes")
    ]
    return SpeculationTimes(tuple(runs), tuple(passes), **record)


def _spread(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return row | {name: Spread(**row[name]) for name in names}
