"""Which tables are made ready for a phone, and how; their look is tested in a browser."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from book._ext.stacked import stack

SHORT = [("chip", "memory"), ("A100", "80 GB"), ("H100", "80 GB")]
LONG_HEAD = [("chip", *(f"uninterruptible{i}" for i in range(4))), ("A100", "1", "2", "3", "4")]
LONG_WORDS = [("chip", "a", "b"), ("A100", "989.5\u00a0TFLOP/s\u00a0at\u00a0most", "x" * 30)]
ONE_LINE = "words that a phone may break into as many lines as they need, whatever their number"


def table(rows: list[tuple[str, ...]], *, first: str = "td") -> str:
    """Return rows as a table, the first of them as its head."""
    head = "".join(f"<th>{text}</th>" for text in rows[0])
    body = "".join(
        f"<tr><{first}>{name}</{first}>{''.join(f'<td>{text}</td>' for text in values)}</tr>"
        for name, *values in rows[1:]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def page(*tables: str) -> str:
    """Return a page's body as the extension leaves it."""
    context: dict[str, Any] = {"body": f"<p>before</p>{'<p>between</p>'.join(tables)}<p>after</p>"}
    stack(None, "page", "template", context, None)
    return context["body"]


@pytest.mark.parametrize(
    "kept",
    [
        table(SHORT),
        table([("a", ONE_LINE), ("b", ONE_LINE)]),
        table(LONG_WORDS).replace("thead>", "tfoot>"),
        table([*LONG_WORDS, ("a row", "that is short")]),
        "<table><tr><td>" + "x" * 60 + "</td></tr></table>",
    ],
    ids=["short", "breaks", "no head", "ragged", "layout"],
)
def test_a_table_that_fits_or_has_no_labels_stays_as_it_is(kept: str):
    assert page(kept) == f"<p>before</p>{kept}<p>after</p>"


@pytest.mark.parametrize("rows", [LONG_HEAD, LONG_WORDS], ids=["head", "words"])
def test_a_table_of_words_too_long_gets_its_labels(rows: list[tuple[str, ...]]):
    soup = BeautifulSoup(page(table(SHORT), table(rows)), "html.parser")
    first, second = soup.select("table")
    assert not first.attrs
    assert (second["class"], second["role"]) == (["stacked"], "table")
    cells = second.select("tbody td")
    assert [cell.get("data-label") for cell in cells] == [None, *rows[0][1:]]
    assert [cell.get_text() for cell in cells] == list(rows[1])
    assert soup.get_text().count("between") == soup.get_text().count("after") == 1


def test_each_part_says_what_it_is():
    soup = BeautifulSoup(page(table(LONG_HEAD, first="th")), "html.parser")
    roles = [(part.name, part["role"]) for part in soup.select("table, table *")]
    assert roles == [
        ("table", "table"), ("thead", "rowgroup"), ("tr", "row"), *[("th", "columnheader")] * 5,
        ("tbody", "rowgroup"), ("tr", "row"), ("th", "rowheader"), *[("td", "cell")] * 4,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "wide"),
    [
        ([("1 GB/s", "x" * 40)], [True, True]),  # nothing can stand beside the short one
        ([("1", "2", "x" * 40)], [False, False, True]),
        ([("1", "2", "x" * 40), ("3", "x" * 40, "4")], [True, True, True]),  # in all rows alike
        ([("x" * 40, "1", "2", "3")], [True, False, False, True]),
    ],
)
def test_two_short_values_share_a_line_and_no_line_is_half_empty(
    values: list[tuple[str, ...]], wide: list[bool]
):
    rows = [("chip", *(f"c{i}" for i in range(len(wide)))), *(("A100", *row) for row in values)]
    cells = BeautifulSoup(page(table(rows)), "html.parser").select("tbody td")
    found = ["data-long" in cell.attrs for cell in cells if "data-label" in cell.attrs]
    assert found == wide * len(values)
