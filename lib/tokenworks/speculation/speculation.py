"""A draft and how far it runs ahead: what an engine or the dense loop is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tokenworks.number import Number, make_bounded, make_whole, shown
from tokenworks.speculation.draft import Draft
from tokenworks.speculation.draft_length import (
    DraftLength,
    EstimatedLength,
    FixedLength,
    HeuristicLength,
)

SCHEDULES = ("fixed", "heuristic", "estimated")


@dataclass(frozen=True)
class Speculation:
    """Speculate with a draft, at most `gamma` tokens ahead of the model.

    `schedule` is "fixed", "heuristic" (longer after a draft that was right, as transformers does)
    or "estimated" (the length that pays at the acceptance seen so far). The last one wants to know
    what a drafted token costs, and what one more token to check adds, both in passes of the model
    over one token: `draft_cost` above 1 is a draft slower than the model, and allowed. Other values
    raise ValueError.
    """

    draft: Draft
    gamma: int = 4
    schedule: str = "fixed"
    draft_cost: Number = 0.0
    check_cost: Number = 0.0

    def __post_init__(self) -> None:
        _check_draft(self.draft)
        if self.gamma == 0:
            raise ValueError(
                "gamma 0 drafts nothing, which is plain decoding: leave the speculation out, "
                "or take 1 or more"
            )
        make_whole(self, "gamma")
        make_bounded(self, "draft_cost", "check_cost")
        if self.schedule not in SCHEDULES:
            known = ", ".join(SCHEDULES)
            raise ValueError(f"schedule must be one of {known}, got {self.schedule!r}")

    def length(self) -> DraftLength:
        """Return a new sequence's record of how far its draft runs ahead."""
        if self.schedule == "fixed":
            return FixedLength(self.gamma)
        if self.schedule == "heuristic":
            return HeuristicLength(self.gamma)
        return EstimatedLength(self.gamma, draft_cost=self.draft_cost, check_cost=self.check_cost)


def _check_draft(draft: Any) -> None:
    if not isinstance(draft, Draft):
        raise ValueError(
            f"draft must be an object with vocab_size, needs_states and start(), got {shown(draft)}"
        )
