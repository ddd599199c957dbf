"""Published times of one matrix product on a chip, to hold a roofline against."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.data.rows import rows_where


@dataclass(frozen=True)
class LayerTime:
    """What `rows` rows times one weight matrix took: the median of somebody else's runs."""

    name: str
    chip: str
    rows: int
    d_in: int
    d_out: int
    bytes_per_value: float
    seconds: float
    source: str
    accessed: str
    note: str = ""


def layer_times(chip: str) -> list[LayerTime]:
    """Return the published times of a chip, by growing number of rows; none: KeyError."""
    return sorted(rows_where(LayerTime, "layer_times.csv", chip=chip), key=lambda row: row.rows)
