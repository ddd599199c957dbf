"""What decoding reaches of its floor: the shares that others measured, and what to expect by them.

A floor is what nothing beats. *Expected* is the floor's rate times a share that was measured on as
many chips; its error is the spread of those shares. Messages between chips, launches of kernels
and memory below its data sheet are all in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from tokenworks.cost.memory import step_weight_bytes
from tokenworks.cost.step_time import decode_step_seconds
from tokenworks.specs import Measurement, chip, measurements, model_spec


@dataclass(frozen=True)
class Share:
    """The share of the decode floor to expect, between the least and the greatest measured."""

    likely: float
    low: float
    high: float
    rows: tuple[Measurement, ...]  # those that `likely` rests on


def floor_tokens_per_s(row: Measurement) -> float:
    """Return the most tokens per second that the chips of a measurement allow one sequence.

    Source: derived: the bytes of the matrices over the bandwidth of all chips; no messages.
    """
    read_bytes = step_weight_bytes(model_spec(row.model), row.bytes_per_param)
    return 1 / decode_step_seconds(read_bytes, row.chips * chip(row.chip).hbm_bytes_per_s)


def measured_share(row: Measurement) -> float:
    """Return what a measurement reached of its floor.

    Source: derived: the quotient of two rates.
    """
    return row.tokens_per_s / floor_tokens_per_s(row)


def decode_share(chips: int, *, model: str = "") -> Share:
    """Return the share of its floor to expect of one sequence in 16 bits on so many chips.

    Measurements of this very model count alone where there are any; the range is that of all on so
    many chips. A number of chips that nobody measured raises ValueError.
    Source: derived: the middle of `measured_share` over the rows of measurements.csv.
    """
    wide = [row for row in measurements() if row.bytes_per_param == 2]
    there = [row for row in wide if row.chips == chips]
    if not there:
        known = ", ".join(str(count) for count in sorted({row.chips for row in wide}))
        raise ValueError(f"nobody measured decoding on {chips} chips; measured: {known}")
    rows = tuple(row for row in there if row.model == model) or tuple(there)
    shares = [measured_share(row) for row in there]
    likely = median(measured_share(row) for row in rows)
    return Share(likely, min(shares), max(shares), rows)
