"""What others measured of speculative decoding: how many times as fast, with how many users."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.data.rows import load_rows


@dataclass(frozen=True)
class SpeculationRun:
    """A published speed-up over the same server without a draft, from lowest to highest.

    `model` and `draft` are in the words of the source; users, chip and chips are None or empty
    where it does not say.
    """

    name: str
    model: str
    draft: str
    engine: str
    speedup_low: float
    speedup_high: float
    source: str
    accessed: str
    chip: str = ""
    chips: int | None = None
    users_low: int | None = None
    users_high: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.speedup_low <= self.speedup_high:
            raise ValueError(f"speed-ups go from low to high, got {self.speedup_low}")
        if (self.users_low or 0) > (self.users_high or 0):
            raise ValueError(f"users go from low to high, got {self.users_low}")


def speculation_runs() -> list[SpeculationRun]:
    """Return all published speed-ups, in file order."""
    return list(load_rows(SpeculationRun, "speculation_runs.csv").values())
