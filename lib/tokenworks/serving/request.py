"""A request: what a client asked for, how far it has come, and when."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Status = Literal["waiting", "running", "swapped", "finished"]
StopReason = Literal["length", "stop", "eos", "cancelled", "rejected"]


@dataclass(kw_only=True, eq=False)
class Request:
    """One text to be continued; the scheduler keeps its state, `output_tokens` serves simulation.

    `output_tokens` is where the model stops by itself, which a scheduler must not look at; None
    leaves it to the executor. Lower `priority` runs first. Times are seconds of one clock.
    Counts below 1 and impossible times raise ValueError.
    """

    prompt_tokens: int
    max_tokens: int
    id: str = ""
    arrival_seconds: float = 0.0
    priority: int = 0
    output_tokens: int | None = None
    status: Status = field(default="waiting", init=False)
    stop_reason: StopReason | None = field(default=None, init=False)
    generated: int = field(default=0, init=False)
    computed: int = field(default=0, init=False)  # tokens whose keys and values are cached
    blocks: list[int] = field(default_factory=list, init=False, repr=False)  # the block table
    host_blocks: list[int] = field(default_factory=list, init=False, repr=False)
    preemptions: int = field(default=0, init=False)
    scheduled_seconds: float | None = field(default=None, init=False)  # first time in a batch
    token_seconds: list[float] = field(default_factory=list, init=False, repr=False)
    finished_seconds: float | None = field(default=None, init=False)  # the answer is handed over

    def __post_init__(self) -> None:
        counts = {"prompt_tokens": self.prompt_tokens, "max_tokens": self.max_tokens}
        if self.output_tokens is not None:
            counts["output_tokens"] = self.output_tokens
        for name, value in counts.items():
            if type(value) is not int or value < 1:
                raise ValueError(f"{name} must be a whole number from 1, got {value!r}")
        if not 0 <= self.arrival_seconds < math.inf:
            raise ValueError(f"arrival_seconds must be from 0, got {self.arrival_seconds!r}")

    @property
    def known_tokens(self) -> int:
        """Tokens of the text so far: the prompt and what was generated."""
        return self.prompt_tokens + self.generated

    @property
    def missing_tokens(self) -> int:
        """Known tokens that are not in the cache: all of a new prompt, one between two steps."""
        return self.prompt_tokens + self.generated - self.computed

    @cached_property
    def limit(self) -> int:
        """The most tokens it will generate."""
        return min(self.max_tokens, self.output_tokens or self.max_tokens)

    @property
    def own_end(self) -> StopReason | None:
        """Why it ends with the tokens made so far, or None when it goes on."""
        if self.generated < self.limit:
            return None
        stops_itself = self.output_tokens is not None and self.output_tokens <= self.max_tokens
        return "eos" if stops_itself else "length"

    @property
    def done(self) -> bool:
        """Whether its last token is made; under request-level batching it may still hold a slot."""
        return self.stop_reason is not None
