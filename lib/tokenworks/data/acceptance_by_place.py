"""How much of each draft the real model accepted on held-out prompts, by place of the guess."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class PlaceAcceptance:
    """One draft on one kind of text; a tuple has the first guess of a draft first.

    At every place all guesses before it are the text's own, as after an acceptance. `match` is the
    share of greedy guesses that are the model's own token, `overlap` the mean Σ min(p, q) at
    temperature 1, and `accepted` how many greedy guesses of a whole draft stood in the mean.
    """

    draft: str
    label: str
    kind: str
    match: tuple[float, ...]
    overlap: tuple[float, ...]
    accepted: float
    source: str
    accessed: str

    @property
    def about(self) -> str:
        """What the row is of, where it stands alone."""
        return f"{self.label} on {self.kind}"


@dataclass(frozen=True)
class AcceptanceRecord:
    """What was measured, on how much, and where.

    `prompts` and `coverage` are by kind; coverage is the share of the answers' tokens that the
    trained draft may propose. `tokens` were judged at every place.
    """

    rows: tuple[PlaceAcceptance, ...]
    prompts: dict[str, int]
    tokens: int
    coverage: dict[str, float]
    source: str
    accessed: str
    machine: str
    cores: int

    @property
    def label(self) -> str:
        """What was judged."""
        return "answers to new prompts"

    def row(self, draft: str, kind: str) -> PlaceAcceptance:
        """Return one draft on one kind of text; KeyError names those that there are."""
        found = {(each.draft, each.kind): each for each in self.rows}
        if (draft, kind) not in found:
            known = ", ".join(f"{one} on {other}" for one, other in found)
            raise KeyError(f"no acceptance of {draft!r} on {kind!r} was measured; known: {known}")
        return found[draft, kind]


@cache
def draft_acceptance() -> AcceptanceRecord:
    """Return the acceptance of four drafts of SmolLM2-135M by kind of text and place.

    Source: benchmarks/draft_acceptance.py, which judged them on prompts that none was fitted to.
    """
    text = files("tokenworks.data").joinpath("draft_acceptance.json").read_text(encoding="utf-8")
    record = json.loads(text)
    origin = {name: record[name] for name in ("source", "accessed")}
    rows = [
        PlaceAcceptance(**row | {name: tuple(row[name]) for name in ("match", "overlap")}, **origin)
        for row in record.pop("rows")
    ]
    return AcceptanceRecord(tuple(rows), **record)
