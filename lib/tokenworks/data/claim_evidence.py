"""Claims about what inference costs: of which kind each is, where it is from, whether it stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

KINDS = {
    "Public": "a paper or a page that anybody can read",
    "Derived": "arithmetic that can be done again",
    "Reported": "a story of somebody who runs servers",
    "Inferred": "concluded from what was seen, and open to others' conclusions",
    "Synthetic": "an example with numbers made up",
    "Opinion": "advice",
}


@dataclass(frozen=True)
class Evidence:
    """One claim. `source` is an address, or says that none is given; arithmetic needs none.

    Who says it is `named`, `day` when: the year of a paper, the day of a page, its year where it
    shows no day. An unknown kind, and an address without both, raise ValueError.
    """

    claim: str
    kind: str
    source: str
    verdict: str
    chapter: str  # where it is worked out
    named: str = ""
    day: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind {self.kind!r}; known: {', '.join(KINDS)}")
        if self.source.startswith("https://") and not (self.named and self.day):
            raise ValueError(f"say who claims it, and when: {self.claim}")

    @property
    def cited(self) -> str:
        """Who says it and when, as a link; else that it is arithmetic, or that nothing is named."""
        if self.named:
            return f"[{self.named}, {self.day}]({self.source})"
        return self.source or ("arithmetic" if self.kind == "Derived" else "none")


@cache
def evidence() -> tuple[Evidence, ...]:
    """Return all claims, in the order in which a text on this subject makes them."""
    text = files("tokenworks.data").joinpath("evidence.json").read_text(encoding="utf-8")
    return tuple(Evidence(**row) for row in json.loads(text))
