"""How many tokens a draft runs ahead of the model: fixed, or by how many were accepted before."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from tokenworks.cost.speculation import best_gamma
from tokenworks.number import Number

PROBE_PASSES = 16  # after so many without a draft it is tried again
MEMORY = 0.9  # weight of what was seen a pass earlier: half is forgotten in 6.6 passes


@runtime_checkable
class DraftLength(Protocol):
    """Says for one sequence how many tokens to draft before its next pass."""

    def next(self) -> int:
        """Return how many tokens to draft; 0 says that drafting does not pay now."""
        ...

    def record(self, drafted: int, accepted: int) -> None:
        """Take what became of the tokens that were drafted."""
        ...


class FixedLength:
    """Always the same number."""

    def __init__(self, gamma: int) -> None:
        self.gamma = gamma

    def next(self) -> int:
        """Return that number."""
        return self.gamma

    def record(self, drafted: int, accepted: int) -> None:
        """Change nothing."""


class HeuristicLength:
    """Two more after a draft that was accepted as a whole, one less after any other.

    Source: `num_assistant_tokens_schedule="heuristic"` of Hugging Face transformers
    (src/transformers/generation/candidate_generator.py, accessed 2026-11-29), there without an
    upper limit.
    """

    def __init__(self, gamma: int) -> None:
        self.most = self.gamma = gamma

    def next(self) -> int:
        """Return the present number."""
        return self.gamma

    def record(self, drafted: int, accepted: int) -> None:
        """Take the step up or down; a draft that had nothing to say changes nothing."""
        if drafted:
            step = 2 if accepted == drafted else -1
            self.gamma = min(self.most, max(1, self.gamma + step))


class EstimatedLength:
    """The number that pays best at the acceptance seen so far, old passes forgotten slowly.

    It is `cost.speculation.best_gamma` of that acceptance, with the times of a drafted token and of
    one more checked token in passes over one token. It may be 0; then one token is drafted every
    16 passes, to see whether the text has changed.
    """

    def __init__(self, gamma: int, *, draft_cost: Number, check_cost: Number) -> None:
        self.most, self.draft_cost, self.check_cost = gamma, draft_cost, check_cost
        self._accepted, self._judged, self._idle = 1.0, 2.0, 0  # as if one of two was right

    @property
    def acceptance(self) -> float:
        """The share of judged tokens that were accepted."""
        return self._accepted / self._judged

    def next(self) -> int:
        """Return the best number now."""
        best = best_gamma(
            self.acceptance,
            draft_cost=self.draft_cost,
            verify_cost=lambda tokens: 1 + (tokens - 1) * self.check_cost,
            most=self.most,
        )
        return 1 if best == 0 and self._idle >= PROBE_PASSES else best

    def record(self, drafted: int, accepted: int) -> None:
        """Count the accepted tokens and the first rejected one; those after it were not judged."""
        self._idle = 0 if drafted else self._idle + 1
        if drafted:
            judged = accepted + (accepted < drafted)
            self._accepted = MEMORY * self._accepted + accepted
            self._judged = MEMORY * self._judged + judged
