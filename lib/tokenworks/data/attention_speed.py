"""How fast published attention kernels are, to hold against the peak of their chip."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.data.rows import load_rows


@dataclass(frozen=True)
class AttentionSpeed:
    """The best of a version on a chip as its authors print it: shares of the peak, or a rate."""

    name: str
    label: str
    year: int
    chip: str
    arithmetic: str  # whose peak counts; FP16 has that of bf16
    changed: str
    source: str
    accessed: str
    share_low: float | None = None
    share_high: float | None = None
    flops_per_s: float | None = None
    against: str = ""  # the limit of the version before, which this one moves away
    note: str = ""


def attention_speeds() -> list[AttentionSpeed]:
    """Return the published speeds, oldest first."""
    return list(load_rows(AttentionSpeed, "attention_speeds.csv").values())
