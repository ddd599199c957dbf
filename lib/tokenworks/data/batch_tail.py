"""What users of a full server wait, by how many are inside: simulated once, and written down."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

BATCHES = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256)  # users at once that are recorded


@dataclass(frozen=True, kw_only=True)
class BatchTail:
    """Users at once and their slow end, in seconds, as is to be expected of a model on a chip.

    `tpot_p99_seconds` has one vote for each answer, `itl_p99_seconds` one for each gap.
    """

    batch: int
    tpot_p99_seconds: float
    itl_p99_seconds: float
    ttft_p99_seconds: float
    output_tokens_per_s: float


@cache
def batch_tails_record() -> dict[str, Any]:
    """Return the whole record: how it was made, of which lengths, and its rows."""
    text = files("tokenworks.data").joinpath("batch_tails.json").read_text(encoding="utf-8")
    return json.loads(text)


def batch_tails(model: str, chip: str, context_tokens: int) -> list[BatchTail]:
    """Return the tails of a model on one chip at a mean context, smallest batch first; or none.

    Source: derived: `serving.tails_by_batch` with the expected clock, by
    benchmarks/record_batch_tails.py.
    """
    rows = batch_tails_record()["tails"].get(f"{model} {chip} {context_tokens}", [])
    return [
        BatchTail(
            batch=batch,
            tpot_p99_seconds=tpot,
            itl_p99_seconds=itl,
            ttft_p99_seconds=ttft,
            output_tokens_per_s=rate,
        )
        for batch, tpot, itl, ttft, rate in rows
    ]
