"""What multiplies on a chip: how many cores and matrix units, how fast they tick."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.data.rows import lookup


@dataclass(frozen=True)
class Cores:
    """The arithmetic of one chip; its rows are named as in the table of chips."""

    name: str
    cores: int
    core_name: str
    source: str
    accessed: str
    memory_type: str
    matrix_units: int  # of all cores
    matrix_name: str
    flops_per_clock: int  # of one matrix unit: bf16, dense, fp32 accumulation
    matrix_clock_hz: float  # the clock behind the published peak
    vector_lanes: int | None = None  # fp32 lanes ("CUDA cores") of all cores
    clock_hz: float | None = None  # highest clock
    base_clock_hz: float | None = None
    note: str = ""

    @property
    def bf16_flops_per_s(self) -> float:
        """Units times operations a clock times clock: what the published peak is made of."""
        return self.matrix_units * self.flops_per_clock * self.matrix_clock_hz


def cores(chip: str) -> Cores:
    """Return the cores of a chip by its name; an unknown name raises KeyError."""
    return lookup(Cores, "cores.csv", chip)
