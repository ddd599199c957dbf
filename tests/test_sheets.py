"""Sheets that every page links are one file, and no rule changes its place."""

from __future__ import annotations

import re
from pathlib import Path

from book._ext.sheets import common_runs

LINKED = re.compile(r'<link rel="stylesheet"[^>]*href="[./]*_static/([^"?]+)')
MOST = 5  # what delays the first paint of a chapter: three joined, the copy button's, its widgets'


def test_what_all_pages_link_in_a_row_is_joined_and_nothing_moves():
    pages = ["abxcde", "abcdye", "abcde"]  # a letter is a sheet
    assert common_runs([list(page) for page in pages]) == [["a", "b"], ["c", "d"]]
    assert common_runs([["a"], ["b"]]) == []
    assert common_runs([]) == []


def test_a_page_waits_for_few_sheets_and_each_is_there(site: Path):
    for page in site.rglob("*.html"):
        names = LINKED.findall(page.read_text(encoding="utf-8"))
        assert len(names) <= MOST, page.name
        for name in names:
            assert (site / "_static" / name).is_file(), name


def test_the_rules_of_the_book_follow_those_of_the_theme(site: Path):
    """The cascade is the order of the links: the theme, the palette, a page's widgets, the book."""
    page = (site / "chapters" / "05-kv-cache.html").read_text(encoding="utf-8")
    rules = "".join(
        (site / "_static" / name).read_text(encoding="utf-8") for name in LINKED.findall(page)
    )
    places = [rules.index(one) for one in ("normalize.css", ".door", ".tw-chart", ".opener")]
    assert places == sorted(places)
    assert 'body[data-theme="dark"] .highlight' in rules  # the theme writes these when all is built
