"""Runs that stand twice in one published table, under two labels: one of them must be wrong."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tokenworks.data.rows import cell_value

TABLE = "two_labels.csv"


@dataclass(frozen=True)
class Degrees:
    """How one replica is said to be spread: attention tp x dp ways, experts moe_tp x moe_ep."""

    tp: int
    dp: int
    moe_tp: int
    moe_ep: int

    @property
    def gpus(self) -> int:
        """GPUs of the replica, by this label."""
        return self.tp * self.dp


@dataclass(frozen=True)
class TwoLabels:
    """One run and its two labels, the one of more GPUs first; both times agree to the last digit.

    Two runs do not take the same time to fifteen digits. So it is one run, and its server has one
    number of GPUs.
    """

    model: str
    system: str
    backend: str
    isl: int
    osl: int
    concurrency: int
    ttft_ms: str  # as printed, with all digits
    tpot_ms: str
    first: Degrees
    second: Degrees

    @property
    def ratio(self) -> float:
        """By how much a rate for each GPU differs between the two."""
        return self.first.gpus / self.second.gpus


@cache
def runs_under_two_labels() -> tuple[TwoLabels, ...]:
    """Return the runs that stand under two labels, as the source has them."""
    text = files("tokenworks.data").joinpath("silicon", TABLE).read_text(encoding="utf-8")
    return tuple(_run(line) for line in list(csv.reader(text.splitlines(), strict=True))[1:])


def _run(line: list[str]) -> TwoLabels:
    model, system, backend, *request = line[:6]
    isl, osl, concurrency = (cell_value(cell, int) for cell in request)
    degrees = [cell_value(cell, int) for cell in line[8:]]
    return TwoLabels(
        model=model,
        system=system,
        backend=backend,
        isl=isl,
        osl=osl,
        concurrency=concurrency,
        ttft_ms=line[6],
        tpot_ms=line[7],
        first=Degrees(*degrees[:4]),
        second=Degrees(*degrees[4:]),
    )
