"""A file of measurements: which of the two kinds it is, and the predictions of its rows."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Any, TypeVar

from tokenworks.cost.kernel_constants import Constants
from tokenworks.data.silicon import read_served_rows
from tokenworks.validate.metrics import predict_published
from tokenworks.validate.prediction import Prediction
from tokenworks.validate.published import NEEDED, parse_published_rows
from tokenworks.validate.served import predict_rows

Rows = TypeVar("Rows", bound=Sequence[Any])
SERVED = ("m", "system", "backend", "prec", "isl", "osl", "conc", "gpus", "ttft", "tpot")


def predict_text(text: str, *, table: str, constants: Constants | None = None) -> list[Prediction]:
    """Return the predictions of CSV text with the columns of either kind.

    Columns: those of `data/silicon/end_to_end.csv` (two predictions a row), or of
    `data/published_runs.csv` (one). Missing ones raise ValueError that names them.
    """
    head = next(csv.reader(text.splitlines()), [])
    names = {name.strip() for name in head}
    lacking = {
        "a served row's": [name for name in SERVED[:-2] if name not in names],
        "a published row's": [name for name in NEEDED if name not in names],
    }
    if not lacking["a published row's"]:
        return predict_published(_some(parse_published_rows(text, table=table), table), constants)
    if not lacking["a served row's"]:
        return predict_rows(_some(read_served_rows(text, table=table), table), constants)
    kind = min(lacking, key=lambda which: len(lacking[which]))
    other = next(which for which in lacking if which != kind)
    raise ValueError(
        f"{table} lacks {kind} columns {', '.join(lacking[kind])} "
        f"({other}: {', '.join(lacking[other])})"
    )


def _some(rows: Rows, table: str) -> Rows:
    """Return the rows; none at all raise ValueError."""
    if not rows:
        raise ValueError(f"{table} has its columns and no row")
    return rows
