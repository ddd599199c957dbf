"""The memories of a chip, from its registers out to the disk beside it."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.data.rows import load_rows, lookup, rows_where


@dataclass(frozen=True)
class MemoryLevel:
    """One memory: capacity of the whole chip; empty where nobody publishes or measures a value.

    A kind says where a value is from: "vendor", "measured" by others, "derived" by the formula in
    the note, or "assumption". Its source is `source` unless it has one of its own.
    """

    name: str
    chip: str
    label: str
    capacity_bytes: int
    source: str
    accessed: str
    count: int = 1  # equal parts, one in each core (SM), that make up the capacity
    bytes_per_s: float | None = None
    bandwidth_kind: str = ""
    bandwidth_source: str = ""
    latency_seconds: float | None = None
    latency_kind: str = ""
    latency_source: str = ""
    program_bytes: int | None = None  # what one program on a core may fill with its own tiles
    program_source: str = ""
    note: str = ""

    @property
    def bytes_each(self) -> float:
        """Capacity of one part, e.g. of one SM."""
        return self.capacity_bytes / self.count

    def read_seconds(self, size_bytes: float) -> float | None:
        """Time to stream that many bytes at the level's bandwidth; None where it is unknown."""
        return size_bytes / self.bytes_per_s if self.bytes_per_s else None


def levels(chip: str) -> list[MemoryLevel]:
    """Return the memories of a chip, innermost first; a chip without any raises KeyError."""
    return rows_where(MemoryLevel, "memory_levels.csv", chip=chip)


def level(name: str) -> MemoryLevel:
    """Return one memory by name, e.g. "h100-sxm-l2"; an unknown name raises KeyError."""
    return lookup(MemoryLevel, "memory_levels.csv", name)


def charted_chips() -> list[str]:
    """Return the chips whose memories the table holds."""
    rows = load_rows(MemoryLevel, "memory_levels.csv").values()
    return list(dict.fromkeys(row.chip for row in rows))
