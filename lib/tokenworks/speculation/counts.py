"""What speculation achieved: passes, and what became of drafted tokens by their place."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest


@dataclass
class Counts:
    """Passes over a text; for each place of a draft how often it was drafted, judged, accepted.

    What follows the first rejected token of a draft is not judged. `tokens` are those that came
    out: of each pass the accepted ones and one of the model's own, fewer where the text ended.
    """

    passes: int = 0
    tokens: int = 0
    drafted: list[int] = field(default_factory=list)
    judged: list[int] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)

    def record(self, drafted: int, accepted: int, *, tokens: int) -> None:
        """Count a pass."""
        self.passes += 1
        self.tokens += tokens
        for counts, reached in (
            (self.drafted, drafted),
            (self.judged, min(accepted + 1, drafted)),
            (self.accepted, accepted),
        ):
            counts += [0] * (drafted - len(counts))
            for place in range(reached):
                counts[place] += 1

    def add(self, other: Counts) -> None:
        """Add what was counted over another text."""
        self.passes += other.passes
        self.tokens += other.tokens
        for name in ("drafted", "judged", "accepted"):
            both = zip_longest(getattr(self, name), getattr(other, name), fillvalue=0)
            setattr(self, name, [mine + theirs for mine, theirs in both])

    @property
    def tokens_per_pass(self) -> float:
        """Tokens that a pass of the model gave on average: τ, measured. 0 without a pass."""
        return self.tokens / self.passes if self.passes else 0.0

    @property
    def acceptance(self) -> float:
        """The share of judged tokens that were accepted: α, measured. 0 where none was judged."""
        judged = sum(self.judged)
        return sum(self.accepted) / judged if judged else 0.0

    @property
    def acceptance_by_place(self) -> list[float]:
        """The same for the first token of a draft, the second, and so on."""
        pairs = zip(self.accepted, self.judged, strict=True)
        return [kept / seen if seen else 0.0 for kept, seen in pairs]
