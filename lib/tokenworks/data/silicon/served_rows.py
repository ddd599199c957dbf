"""Servers that were timed end to end: how long a first token took, and each one after it.

The table that ships and a file of a user's are read by the same function.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tokenworks.data.rows import cell_value

MODEL_OF = {  # the table's models, as rows of models.csv; the others have the same name there
    "llama-8b": "llama-3-8b",
    "llama-70b": "llama-3-70b",
    "qwen3-235b": "qwen3-235b-a22b",
    "qwen3.5-397b": "qwen3.5-397b-a17b",
}
# A column of the file: the field of a row, its type, and its value where the file has none.
COLUMNS: dict[str, tuple[str, Any, Any]] = {
    "m": ("model", str, None),
    "system": ("system", str, None),
    "backend": ("backend", str, None),
    "ver": ("version", str, ""),
    "prec": ("precision", str, None),
    "isl": ("isl", int, None),
    "osl": ("osl", int, None),
    "conc": ("concurrency", int, None),
    "gpus": ("gpus", int, None),
    "ep": ("ep", int, 1),
    "dpa": ("dpa", int, 1),
    "ratio_len": ("length_ratio", float, 1.0),
    "ttft": ("ttft_seconds", float, None),
    "tpot": ("tpot_seconds", float, None),
    "fam": ("family", str, ""),
    "date": ("date", str, ""),
}
TIMES = ("ttft", "tpot")  # milliseconds in a file


@dataclass(frozen=True)
class ServedRow:
    """One run of a server: what ran on what, for whom, and its two times.

    A count of 0 is one that the file leaves out. Source and licence: `LICENCE`.
    """

    model: str
    system: str  # of `CHIP_OF`
    backend: str  # "vllm", "sglang" or "trtllm"
    version: str
    precision: str  # of the weights: "bf16", "fp8", "fp4", "int4", "unk"
    isl: int  # tokens of a prompt, as the run was asked for
    osl: int  # tokens of an answer, as the run was asked for
    concurrency: int  # requests inside at once, over all replicas
    gpus: int  # of one replica
    ep: int  # chips over which the experts are spread
    dpa: int  # replicas of attention, each with its share of the requests
    length_ratio: float  # mean length over the one asked for
    ttft_seconds: float | None
    tpot_seconds: float | None
    family: str  # which of the source's lists it stands in
    date: str

    @property
    def prompt_tokens(self) -> float:
        """Mean length of a prompt."""
        return self.isl * self.length_ratio

    @property
    def output_tokens(self) -> float:
        """Mean length of an answer."""
        return self.osl * self.length_ratio


@cache
def end_to_end_rows() -> tuple[ServedRow, ...]:
    """Return the served rows that ship, in file order."""
    folder = files("tokenworks.data").joinpath("silicon")
    text = folder.joinpath("end_to_end.csv").read_text(encoding="utf-8")
    return parse_served_rows(text, table="end_to_end.csv")


def parse_served_rows(text: str, *, table: str) -> tuple[ServedRow, ...]:
    """Read CSV text with the columns of end_to_end.csv; columns of other names are left alone.

    `ver`, `ep`, `dpa`, `ratio_len`, `fam`, `date` and one of `ttft` and `tpot` may be missing, and
    any cell may be empty. A missing column raises ValueError that names it, a bad cell one that
    names table, row (from 0) and column.
    """
    found = []
    for row in read_served_rows(text, table=table):
        if isinstance(row, str):
            raise ValueError(row)
        found.append(row)
    return tuple(found)


def read_served_rows(text: str, *, table: str) -> list[ServedRow | str]:
    """Return the rows of such text, each that has a bad cell as the complaint about it.

    A missing column raises ValueError that names it.
    """
    reader = csv.DictReader(text.splitlines(), strict=True)
    head = reader.fieldnames or []
    needed = [name for name, (_, _, absent) in COLUMNS.items() if absent is None]
    missing = [name for name in needed if name not in (*head, *TIMES)]
    if not set(TIMES) & set(head):
        missing.append("ttft or tpot")
    if missing:
        raise ValueError(f"{table} has no column {', '.join(missing)}")
    return [_row_or_complaint(record, f"{table}, row {i}") for i, record in enumerate(reader)]


def _row_or_complaint(record: dict[str, Any], where: str) -> ServedRow | str:
    try:
        return _row(record, where)
    except ValueError as error:
        return str(error)


def _row(record: dict[str, Any], where: str) -> ServedRow:
    if None in record or None in record.values():
        raise ValueError(f"{where}: not one cell for each column")
    values = {}
    for column, (field, kind, absent) in COLUMNS.items():
        cell = record.get(column, "").strip()
        try:
            values[field] = _cell(cell, column, kind) if cell else _empty(kind, absent, column)
        except ValueError as error:
            raise ValueError(f"{where}, column {column!r}: {error}") from None
    return ServedRow(**values)


def _cell(cell: str, column: str, kind: Any) -> Any:
    """Return a cell in base units; a length of time or a ratio is above 0, a count at least 0."""
    whole = cell.removesuffix(".0") if kind is int else cell  # as spreadsheets write a count
    value = cell_value(whole, kind)
    if kind is int and value < 0:
        raise ValueError(f"{cell!r} is below 0")
    if kind is float and value <= 0:
        raise ValueError(f"{cell!r} is not above 0")
    return value / 1e3 if column in TIMES else value


def _empty(kind: Any, absent: Any, column: str) -> Any:
    """Return what an empty cell stands for: what is not said, or what a file without it means."""
    if absent is not None or column in TIMES:
        return absent
    return kind()
