"""Tables that a phone cannot hold side by side: there, each row becomes a block of labelled values.

Whether it can is known when the page is built: a column is as wide as its longest word, and a
number with its unit is one word. Such a table gets a class and its cells their labels, and
`tables.css` does the rest on narrow screens; on wide ones and on paper nothing changes. A browser
forgets that a block is a table, so each part says what it is to those who listen.
"""

from __future__ import annotations

import re
from typing import Any

from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx

TABLE = re.compile(r"<table\b(?:(?!<table\b).)*?</table>", re.DOTALL)
CHARACTERS = 41  # that a phone of 360 px shows in a row of a table
BETWEEN = 1.5  # characters of room that a column takes besides its words
SOFT = re.compile(r"[ \n\u00ad/-]|(?<=,)(?!\d)")  # where a line of a cell may end; not at U+00A0
ROLES = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}
HALF = 18  # characters of a label and its value, two of which stand on one line


def cells(row: Tag) -> list[Tag]:
    """Return the cells of a row."""
    return row.find_all(["th", "td"], recursive=False)


def longest_word(cell: Tag) -> int:
    """Return the characters of a cell that no line break can part."""
    return max(map(len, SOFT.split(cell.get_text())), default=0)


def width(rows: list[list[Tag]]) -> float:
    """Return how many characters a table needs at least, side by side."""
    columns = zip(*rows, strict=True)
    return sum(max(map(longest_word, column)) + BETWEEN for column in columns)


def alone(rows: list[list[Tag]]) -> list[bool]:
    """Return which columns have a line of their own, in all rows alike: the long, and the odd."""
    lengths = [
        [len(cell.get_text().strip()) for cell in column] for column in zip(*rows, strict=True)
    ]
    found = [name + max(values) > HALF for name, *values in lengths[1:]]
    waiting = None  # a short one that nothing stands beside as yet
    for column, long in enumerate([*found, True]):
        if long and waiting is not None:
            found[waiting] = True
        waiting = column if not long and waiting is None else None
    return [True, *found]


def labelled(match: re.Match[str]) -> str:
    """Return a table, made ready for a phone where one cannot hold it."""
    soup = BeautifulSoup(match[0], "html.parser")
    table, rows = soup.table, [cells(row) for row in soup.find_all("tr")]
    head = rows[0]
    if not table.thead or any(len(row) != len(head) for row in rows) or width(rows) <= CHARACTERS:
        return match[0]
    table["class"] = [*table.get("class", []), "stacked"]
    for part in [table, *table.find_all(list(ROLES))]:
        part["role"] = ROLES[part.name]
    for name in head:
        name["role"] = "columnheader"
    lines = alone(rows)
    for row in rows[1:]:
        if row[0].name == "th":
            row[0]["role"] = "rowheader"
        for name, cell, long in list(zip(head, row, lines, strict=True))[1:]:
            cell["data-label"] = name.get_text().strip()
            if long:
                cell["data-long"] = ""
    return str(soup)


def stack(app: Sphinx, *page: Any) -> None:
    """Prepare the tables of a page, when their numbers and units are tied."""
    del app
    _name, _template, context, _doctree = page
    if "body" in context:
        context["body"] = TABLE.sub(labelled, context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    app.connect("html-page-context", stack, priority=960)  # after `spaces`
    return {"parallel_read_safe": True, "parallel_write_safe": True}
