"""Find the tables of the book, drawn ones too, and the times and rates that they state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import nbformat
from bs4 import BeautifulSoup

from tokenworks.units import UNITS, Quantity, quantities

KINDS = {"seconds": "time", "seconds_per_token": "time", "tokens_per_s": "rate"}
ODD = {r"\btok/s\b": "tokens/s", r"\btokens? per second\b": "tokens/s", r"\b[uμ]s\b": "µs"}
ODD |= {r"\b(?:seconds|sec)\b": "s", r"\bmilliseconds\b": "ms", r"\bms per (?:token|step)\b": "ms"}
NUMBER = re.compile(r"(?:at least |about |≥ ?|~ ?)?\d[\d,]*(?:\.\d+)? \S+")
CAPTION = "(caption)"
BARS = "A row of bars for each. "  # so begins what a table that is drawn as bars says of itself
BAR = re.compile(r"(.+?) ([\d,.]+(?: ?[^\s\d,]{1,2})?)(?:, |$)")  # a column's head, and its value


@dataclass(frozen=True)
class Shown:
    """A table as a reader sees it, and where it stands."""

    page: str
    section: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    measured_here: bool = False

    @property
    def where(self) -> str:
        """The words that find it again."""
        return f"{self.page}, {self.section or 'top'}: {self.caption or ' | '.join(self.columns)}"


@dataclass(frozen=True)
class Stated:
    """A time or a rate in one cell of a table, or in its caption."""

    column: str
    row: tuple[str, ...]
    kind: str  # "time" or "rate"
    literal: str
    value: float
    tolerance: float  # half the last printed digit


def notebook_tables(path: Path) -> Iterator[Shown]:
    """Yield the tables in the outputs and in the text of a notebook, and those drawn as bars."""
    section = ""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            yield from markdown_tables(path.stem, cell.source, start=section)
            section = ([section, *re.findall(r"(?m)^## (.+)$", cell.source)])[-1]
            continue
        here = "measured-here" in cell.metadata.get("tags", [])
        for output in cell.outputs:
            html = "".join(output.get("data", {}).get("text/html", ""))
            place = {"page": path.stem, "section": section, "measured_here": here}
            yield from html_tables(html, **place)
            yield from drawn_tables(html, **place)


def html_tables(html: str, **place) -> Iterator[Shown]:
    """Yield the tables of a piece of HTML."""
    for found in BeautifulSoup(html, "html.parser").find_all("table"):
        caption = found.find("caption")
        grid = [
            tuple(cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"]))
            for row in found.find_all("tr")
        ]
        text = caption.get_text(" ", strip=True) if caption else ""
        yield Shown(**place, caption=text, columns=grid[0], rows=tuple(grid[1:]))


def drawn_tables(html: str, **place) -> Iterator[Shown]:
    """Yield the tables of `bars_by_column`, as their words for those who listen have them."""
    for drawing in BeautifulSoup(html, "html.parser").select(f'[aria-label^="{BARS}"]'):
        caption = drawing.find_parent("figure").figcaption
        lines = drawing["aria-label"].removeprefix(BARS).removesuffix(".").split("; ")
        rows = [
            (name, BAR.findall(values)) for name, _, values in (r.rpartition(": ") for r in lines)
        ]
        heads = [[head for head, _ in cells] for _, cells in rows]
        assert all(each and each == heads[0] for each in heads), f"cannot read {lines}"
        yield Shown(
            **place,
            caption=caption.get_text(" ", strip=True) if caption else "",
            columns=("row", *heads[0]),
            rows=tuple((name, *(value for _, value in cells)) for name, cells in rows),
        )


def markdown_tables(page: str, text: str, *, start: str = "") -> Iterator[Shown]:
    """Yield the pipe tables of a Markdown text."""
    section, block = start, []
    for line in [*text.splitlines(), ""]:
        if line.startswith("## "):
            section = line[3:]
        if line.startswith("|"):
            block.append(tuple(cell.strip() for cell in line.strip().strip("|").split("|")))
        elif block:
            yield Shown(page, section, "", block[0], tuple(block[2:]))
            block = []


def stated(shown: Shown, units: Mapping[str, str] = MappingProxyType({})) -> list[Stated]:
    """List every time and every rate of a table, its caption's included.

    `units` gives the unit of columns that do not name it.
    """
    found = in_text(CAPTION, shown.caption, ())
    for row in shown.rows:
        for column, cell in zip(shown.columns, row, strict=False):
            unit = units.get(column) or unit_of(column)
            found += in_text(column, cell, row) or in_column(column, f"{cell} {unit}", row)
    return found


def in_text(column: str, text: str, row: tuple[str, ...]) -> list[Stated]:
    """List the times and rates that a text spells out."""
    for odd, unit in ODD.items():
        text = re.sub(odd, unit, text)
    numbers = [q for q in quantities(text) if q.dimension in KINDS]
    return [from_quantity(column, q, row) for q in numbers]


def in_column(column: str, text: str, row: tuple[str, ...]) -> list[Stated]:
    """List the number of a cell with the unit of its header, if it is nothing but a number."""
    return in_text(column, text, row) if NUMBER.fullmatch(text) else []


def from_quantity(column: str, number: Quantity, row: tuple[str, ...]) -> Stated:
    kind = KINDS[number.dimension]
    return Stated(column, row, kind, number.literal, number.value, number.tolerance)


def unit_of(header: str) -> str | None:
    """Return the unit of time or rate that a header ends in or has in brackets."""
    for odd, unit in ODD.items():
        header = re.sub(odd, unit, header)
    units = "|".join(u for u, (dimension, _) in UNITS.items() if dimension in KINDS)
    spelled = rf"(?:^|[,(\[] ?)({units})(?:[)\]]|$|,)|(?:^|\s)(tokens/s|ms)(?:$|\W)"
    match = re.search(spelled, header)
    return match and (match[1] or match[2])
