"""Published times of one matrix product on a chip, to hold a roofline against."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.data.rows import rows_where


@dataclass(frozen=True)
class LayerTime:
    """What `rows` rows times one weight matrix took on somebody else's chip."""

    name: str
    chip: str
    measured_by: str
    rows: int
    d_in: int
    d_out: int
    bytes_per_value: float
    seconds: float
    source: str
    accessed: str
    note: str = ""


def layer_times(chip: str, *, measured_by: str, d_out: int = 8192) -> list[LayerTime]:
    """Return a chip's published times of a matrix, by growing number of rows.

    A chip or a publisher without one raises KeyError, which lists the known ones.
    """
    found = rows_where(LayerTime, "layer_times.csv", chip=chip, measured_by=measured_by)
    return sorted((row for row in found if row.d_out == d_out), key=lambda row: row.rows)
