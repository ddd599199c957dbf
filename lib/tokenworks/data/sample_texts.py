"""Short texts in several scripts, with their word counts, to measure tokenizers on."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.data.rows import load_rows


@dataclass(frozen=True)
class Sample:
    """One text; Chinese words were counted by hand, others are what stands between spaces."""

    name: str
    label: str
    words: int
    text: str
    source: str
    accessed: str


def samples() -> list[Sample]:
    """Return all sample texts, in file order."""
    return list(load_rows(Sample, "samples.csv").values())
