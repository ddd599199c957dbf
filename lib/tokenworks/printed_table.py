"""Tables and strips of computed cells: one look in a notebook, on the site and in a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from tokenworks.specs import claim
from tokenworks.units import QUANTITY, plain

NAMED = re.compile(r"\[([^\]]+)\]\((https://[^\s)]+)\)")  # a link of its own name
# The look of a strip where the site's styles are not.
IN_A_ROW = "display:flex;flex-wrap:wrap;gap:0.5rem 2rem"
NO_MARGIN = ' style="margin:0"'


@dataclass(frozen=True)
class Table:
    """A header, rows of text and a caption; `numeric` columns stand to the right.

    `key` names the column that the text speaks of: a narrow page always shows it.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    numeric: tuple[bool, ...] = ()
    key: str = ""

    def __post_init__(self) -> None:
        if not self.numeric:
            object.__setattr__(self, "numeric", (False,) * len(self.columns))
        if self.key and self.key not in self.columns[1:]:
            listed = ", ".join(map(repr, self.columns[1:]))
            raise ValueError(f"key={self.key!r} is no column after the first; choose from {listed}")
        if any(len(row) != len(self.columns) for row in (self.numeric, *self.rows)):
            raise ValueError(f"every row must have {len(self.columns)} cells, as the header has")

    def __repr__(self) -> str:
        grid = [self.columns, *self.rows]
        widths = [max(len(row[i]) for row in grid) for i in range(len(self.columns))]
        lines = [self._line(row, widths) for row in grid]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([self.caption, *lines] if self.caption else lines)

    def _line(self, row: tuple[str, ...], widths: list[int]) -> str:
        cells = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, self.numeric, strict=True)
        )
        return "  ".join(cells).rstrip()

    def _repr_html_(self) -> str:
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        head = "".join(
            f'<th scope="col"{self._look(i)}>{escape(name)}</th>'
            for i, name in enumerate(self.columns)
        )
        body = "\n".join(f"<tr>{self._cells(row)}</tr>" for row in self.rows)
        return (
            f'<div class="tw-table"><table>{caption}<thead><tr>{head}</tr></thead>\n'
            f"<tbody>{body}</tbody></table></div>"
        )

    def _cells(self, row: tuple[str, ...]) -> str:
        first = f'<th scope="row">{escape(row[0])}</th>'
        rest = (f"<td{self._look(i)}>{_linked(c)}</td>" for i, c in enumerate(row[1:], 1))
        return first + "".join(rest)

    def _look(self, column: int) -> str:
        key = ' class="tw-key"' if self.key and self.columns[column] == self.key else ""
        return key + (' style="text-align:right"' if self.numeric[column] else "")


def table(
    rows: Sequence[dict[str, Any]], *, caption: str = "", key: str = "", turned: bool = False
) -> Table:
    """Lay rows of equal keys out as a table; values are text, or numbers in plain form.

    `key` names the column that the text speaks of. `turned` makes a column of each row, for few
    rows of many values. No rows, rows whose keys differ, and an unknown key raise ValueError.
    """
    if not rows:
        raise ValueError("a table needs at least one row")
    columns = tuple(rows[0])
    odd = next((row for row in rows if tuple(row) != columns), None)
    if odd is not None:
        raise ValueError(f"every row needs the columns {columns}, but one has {tuple(odd)}")
    cells = tuple(tuple(_text(value) for value in row.values()) for row in rows)
    if turned:
        (first, *columns), *cells = zip(columns, *cells, strict=True)
        numeric = (False, *(True for _ in columns))
        return Table((first, *columns), tuple(cells), caption, numeric, key)
    numeric = tuple(
        i > 0 and all(row[i][:1].isdigit() or row[i][:4] == "USD " for row in cells)
        for i in range(len(columns))
    )
    return Table(columns, cells, caption, numeric, key)


@dataclass(frozen=True)
class Facts:
    """A few results with their labels, in a row that wraps."""

    values: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        width = max(len(label) for label, _ in self.values)
        return "\n".join(f"{label.ljust(width)}  {value}" for label, value in self.values)

    def _repr_html_(self) -> str:
        each = "".join(
            f"<div><dt>{escape(label)}</dt><dd{NO_MARGIN}>{_parted(value)}</dd></div>"
            for label, value in self.values
        )
        return f'<dl class="tw-facts" style="{IN_A_ROW}">{each}</dl>'


def _parted(value: str) -> str:
    """Mark the unit of a quantity, so that the number stands out."""
    found = QUANTITY.fullmatch(value)
    unit = (found["unit"] or found["letter"] or "") if found else ""
    number = value.removesuffix(unit).rstrip()
    gap = "" if value == number + unit else " "
    return f"{escape(number)}{gap}<small>{escape(unit)}</small>" if unit else escape(value)


def facts(values: Mapping[str, Any]) -> Facts:
    """Show a handful of results, each by its label; none at all raises ValueError.

    A value is a text such as "141 GB", a number, a truth (shown as yes or no), or anything else
    as Python writes it. What has several values a label is a `table`.
    """
    if not values:
        raise ValueError("facts need at least one label with its value")
    return Facts(tuple((label, _fact(value)) for label, value in values.items()))


def _fact(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else _text(value)


def claim_table(names: Sequence[str], *, caption: str = "") -> Table:
    """Lay published figures out with their notes and sources."""
    rows = [claim(name) for name in names]
    return table(
        [{"figure": r.label, "value": r.printed, "note": r.note, "source": r.source} for r in rows],
        caption=caption,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else plain(value)


def _linked(cell: str) -> str:
    """Return a cell as HTML: an address is a link named after its host, or `[name](address)`."""
    named = NAMED.fullmatch(cell)
    if named:
        return f'<a href="{escape(named[2])}">{escape(named[1])}</a>'
    if not cell.startswith("https://") or " " in cell:
        return escape(cell)
    host = cell.removeprefix("https://").split("/")[0]
    return f'<a href="{escape(cell)}">{escape(host)}</a>'
