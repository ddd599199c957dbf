"""How two real vocabularies cut the same texts, and what they have in common."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class TextCut:
    """A text as each of two vocabularies cuts it: token ids, and the pieces of text they are."""

    text: str
    ids: tuple[tuple[int, ...], tuple[int, ...]]
    pieces: tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class TwoVocabularies:
    """Two vocabularies side by side: `same_pieces` are in both, `same_ids` have one id in both."""

    names: tuple[str, str]
    sizes: tuple[int, int]
    same_pieces: int
    same_ids: int
    cuts: tuple[TextCut, ...]
    source: str
    accessed: str
    license: str


@cache
def two_vocabularies() -> TwoVocabularies:
    """Return SmolLM2's vocabulary beside that of Mistral 7B v0.3.

    Source: counted from both (benchmarks/record_vocabularies.py).
    """
    text = files("tokenworks.data").joinpath("two_vocabularies.json").read_text(encoding="utf-8")
    record = json.loads(text)

    def pair(values: list[list]) -> tuple:
        return tuple(tuple(one) for one in values)

    return TwoVocabularies(
        names=tuple(record["names"]),
        sizes=tuple(record["sizes"]),
        same_pieces=record["pieces in both"],
        same_ids=record["with the same id"],
        cuts=tuple(
            TextCut(cut["text"], pair(cut["ids"]), pair(cut["pieces"])) for cut in record["cuts"]
        ),
        source=record["source"],
        accessed=record["accessed"],
        license=record["license"],
    )
