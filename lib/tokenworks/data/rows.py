"""Reading a data table: one CSV file, one frozen dataclass, rows keyed by name."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Sequence
from dataclasses import MISSING, fields
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Row = TypeVar("Row")


def lookup(kind: type[Row], table: str, name: str) -> Row:
    """Return one row of a data table by name.

    An unknown name raises KeyError, which lists the known ones.
    """
    rows = load_rows(kind, table)
    if str(name).lower() in rows:
        return rows[str(name).lower()]
    known = difflib.get_close_matches(str(name).lower(), rows, n=len(rows), cutoff=0.0)
    noun = " ".join(re.findall("[A-Z][a-z]*", kind.__name__.removesuffix("Spec"))).lower()
    raise KeyError(f"unknown {noun} {name!r}; known, closest first: {', '.join(known)}")


def rows_where(kind: type[Row], table: str, **wanted: str) -> list[Row]:
    """Return the rows that hold these values, in file order; a value that none holds: KeyError."""
    rows = list(load_rows(kind, table).values())
    for column, value in wanted.items():
        known = dict.fromkeys(getattr(row, column) for row in rows)
        if value not in known:
            raise KeyError(f"{table} has no {column} {value!r}; known: {', '.join(known)}")
        rows = [row for row in rows if getattr(row, column) == value]
    return rows


@cache
def load_rows(kind: type[Row], table: str) -> dict[str, Row]:
    """Read a data table into frozen dataclasses, keyed by name, in file order."""
    text = files("tokenworks.data").joinpath(table).read_text(encoding="utf-8")
    return parse_rows(kind, text, table=table)


def parse_rows(
    kind: type[Row], text: str, *, table: str, heads: Sequence[str] = ()
) -> dict[str, Row]:
    """Read CSV text into frozen dataclasses, keyed by name.

    `heads` are columns that have to be there although a cell may be empty.
    A bad row or cell raises ValueError that names table, row and, where it is one cell, column; so
    do a row with fewer cells than the first line, and a column that is missing or there twice.
    """
    hints = get_type_hints(kind)
    rows: dict[str, Row] = {}
    reader = csv.DictReader(text.splitlines(), strict=True)
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    found = _checked_heads(reader.fieldnames or (), kind, heads, table=table)
    for record in reader:
        name = record.get("name")
        if not name:
            raise ValueError(f"{table}: row {len(rows) + 1} has no name")
        if name in rows or not set(record) <= known:
            raise ValueError(
                f"{table}: row {name!r} is a duplicate or has a cell under no known column"
            )
        if None in record.values():
            raise ValueError(f"{table}: row {name!r} has fewer cells than the {len(found)} columns")
        cells = {}
        for column, cell in record.items():
            if cell == "":
                continue
            try:
                cells[column] = cell_value(cell, hints[column])
            except ValueError as error:
                raise ValueError(f"{table}, row {name!r}, column {column!r}: {error}") from None
        try:
            rows[name] = kind(**cells)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{table}, row {name!r}: {error}") from None
    return rows


def _checked_heads(
    found: Sequence[str], kind: type, heads: Sequence[str], *, table: str
) -> Sequence[str]:
    """Return the columns of a table, each there once, and none missing."""
    needed = [one.name for one in fields(kind) if one.default is one.default_factory is MISSING]
    if missing := [name for name in dict.fromkeys([*needed, *heads]) if name not in found]:
        raise ValueError(f"{table}: its first line lacks {', '.join(missing)}")
    if twice := [head for head in dict.fromkeys(found) if found.count(head) > 1]:
        raise ValueError(f"{table}: its first line has more than one {', '.join(twice)}")
    return found


def cell_value(text: str, hint: Any) -> Any:
    """Return what a cell holds, as the type of its field; any other cell raises ValueError."""
    if get_origin(hint) in (Union, UnionType):
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    if get_origin(hint) is tuple:
        return tuple(_whole(part) for part in text.split())
    if hint is bool:
        return {"true": True, "false": False}[_one_of(text.lower(), ("true", "false"))]
    if hint is float:
        return float(_decimal(text))
    return _whole(text) if hint is int else hint(text)


def _one_of(text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        raise ValueError(f"{text!r} is none of {', '.join(known)}")
    return text


def _whole(text: str) -> int:
    """Read an integer, "80e9" too; a fraction is refused, not cut off."""
    number = _decimal(text)
    if number != number.to_integral_value():
        raise ValueError(f"{text!r} is no whole number")
    return int(number)


def _decimal(text: str) -> Decimal:
    """Read a finite number to its last digit."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None
    if not number.is_finite():
        raise ValueError(f"{text!r} is no finite number")
    return number
