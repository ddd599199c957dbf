"""One prediction beside what was measured, and the errors of many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from tokenworks.percentiles import percentile


@dataclass(frozen=True)
class Prediction:
    """What a row of a file measured and what the model expects, in the row's own unit."""

    row: int  # from 0
    metric: str
    measured: float | None
    predicted: float | None
    group: str
    id: str | None = None
    reason: str = ""  # why there is no prediction
    flag: str = ""  # "ok", or what is wrong with the row
    grade: str | None = None  # how well the source states it, where the file says
    note: str = ""  # what had to be assumed

    @property
    def ratio(self) -> float | None:
        """Predicted over measured."""
        if self.predicted is None or not self.measured:
            return None
        return self.predicted / self.measured

    def as_json(self) -> dict[str, Any]:
        """Return the fields and the ratio."""
        return asdict(self) | {"ratio": self.ratio}


@dataclass(frozen=True)
class Errors:
    """How far predictions are off: |predicted / measured - 1| over rows."""

    rows: int
    median: float
    p90: float
    median_ratio: float


def errors(ratios: Iterable[float]) -> Errors:
    """Return the errors of predicted over measured; none at all raises ValueError.

    Source: derived: the middle and the 90th percentile (drawn between neighbours).
    """
    found = list(ratios)
    if not found:
        raise ValueError("no row was predicted, so there is no error to give")
    off = [abs(ratio - 1) for ratio in found]
    return Errors(len(found), median(off), percentile(off, 90), median(found))


def grouped(predictions: Iterable[Prediction], *, clean: bool = True) -> dict[str, Errors]:
    """Return the errors of each metric, and of each metric in each group; flagged rows count not.

    With `clean=False` they do.
    """
    ratios: dict[str, list[float]] = {}
    for one in predictions:
        if one.ratio is None or (clean and one.flag not in ("", "ok")):
            continue
        for key in (one.metric, f"{one.metric} | {one.group}"):
            ratios.setdefault(key, []).append(one.ratio)
    return {key: errors(found) for key, found in sorted(ratios.items())}
