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

    An unknown kind raises ValueError.
    """

    claim: str
    kind: str
    source: str
    verdict: str
    chapter: str  # where it is worked out

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind {self.kind!r}; known: {', '.join(KINDS)}")


@cache
def evidence() -> tuple[Evidence, ...]:
    """Return all claims, in the order in which a text on this subject makes them."""
    text = files("tokenworks.data").joinpath("evidence.json").read_text(encoding="utf-8")
    return tuple(Evidence(**row) for row in json.loads(text))
