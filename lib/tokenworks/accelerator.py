"""One chip: its peak rates, and the three figures of its memory, one of which plans take.

A seller prints gigabytes that are GiB for one chip and neither for the next; on the package is a
whole number of memory chips, which are made in GiB; and the driver, or a TPU's compiler,
reports what it leaves of that to programs. Plans take the last, or say what they take instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tokenworks.units import show

PEAKS = {
    "bf16": "bf16_flops_per_s",
    "fp8": "fp8_flops_per_s",
    "fp4": "fp4_flops_per_s",
    "int8": "int8_ops_per_s",
    "fp32": "fp32_flops_per_s",
}

MEMORY_BASES = ("usable", "physical")  # of a chip's memory, the first that is known is planned with


@dataclass(frozen=True)
class Chip:
    """One accelerator (or CPU socket): capacities and peak rates, dense, without sparsity."""

    name: str
    label: str
    vendor: str
    kind: str  # "gpu", "tpu" or "cpu"
    hbm_bytes_per_s: float
    bf16_flops_per_s: float
    source: str
    accessed: str
    fp32_flops_per_s: float | None = None
    fp8_flops_per_s: float | None = None
    fp4_flops_per_s: float | None = None
    int8_ops_per_s: float | None = None
    link_bytes_per_s: float | None = None  # chip to chip, both directions added
    tdp_watts: float | None = None
    year: int | None = None
    slices: tuple[int, ...] = (1, 2, 4, 8)  # chips that can be rented together; servers of 8
    marketed: str = ""  # the memory as its seller prints it, "80 GB"; no sum takes it
    physical_bytes: int | None = None  # of all memory on the package or the board
    memory_stacks: int | None = None  # of HBM that make it up, alike
    usable_bytes: int | None = None  # what driver or compiler print as the total; None: not known
    marketed_source: str = ""
    marketed_accessed: str = ""
    physical_source: str = ""
    physical_accessed: str = ""
    usable_source: str = ""
    usable_accessed: str = ""
    note: str = ""

    @property
    def planned_bytes(self) -> int:
        """The memory that plans take: see `planned_memory`, which also says what it is."""
        return planned_memory(self).bytes

    def has(self, arithmetic: str) -> bool:
        """Tell whether a rate is known in "bf16", "fp8", "fp4", "int8" or "fp32"."""
        return arithmetic in PEAKS and getattr(self, PEAKS[arithmetic]) is not None

    def peak(self, arithmetic: str = "bf16") -> float:
        """Return the operations per second in one arithmetic; raise ValueError where it has none.

        One of "bf16", "fp8", "fp4", "int8" and "fp32".
        """
        if not self.has(arithmetic):
            listed = ", ".join(name for name in PEAKS if self.has(name))
            raise ValueError(f"no {arithmetic} rate is known for {self.label}; it has {listed}")
        return getattr(self, PEAKS[arithmetic])


class PlannedMemory(NamedTuple):
    """The memory of a chip that a plan takes, and which of its figures that is."""

    bytes: int
    basis: str  # "usable" or "physical"


def planned_memory(on: Chip) -> PlannedMemory:
    """Return what a plan may take of a chip's memory: usable, or physical where that is not known.

    Usable is what the chip's runtime reports: the driver's total, the compiler's limit. What a
    seller prints is never taken: its GB are GiB for one chip and neither for the next. A chip with
    neither figure raises ValueError.
    """
    for basis in MEMORY_BASES:
        size = getattr(on, f"{basis}_bytes")
        if size is not None:
            return PlannedMemory(size, basis)
    raise ValueError(f"nothing is known of the memory of {on.label}; give usable_bytes")


def memory_sizes(on: Chip) -> dict[str, str]:
    """Return the three figures of a chip's memory and the planned one as the cells of a table."""
    known = {"usable": on.usable_bytes, "physical": on.physical_bytes}
    cells = {k: "not known" if v is None else show(v, "GiB", decimals=2) for k, v in known.items()}
    planned = show(on.planned_bytes, "GB", decimals=1)
    return {"chip": on.label, "sold as": on.marketed, **cells, "planned with": planned}


def comparable_memory(rows: Sequence[Chip]) -> tuple[str, list[int]]:
    """Return one basis that all these chips have, and the memory of each on it.

    A comparison of chips must not set what one can use against what another has on its package.
    Usable where it is known of every chip, else physical; ValueError where neither is.
    """
    for basis in MEMORY_BASES:
        sizes = [getattr(on, f"{basis}_bytes") for on in rows]
        if None not in sizes:
            return basis, sizes
    raise ValueError(f"no figure is known of the memory of all {len(rows)} chips")
