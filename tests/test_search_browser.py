"""Search in a real browser: what readers ask for comes first, over http and from a file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tools.repository import ROOT

pytestmark = pytest.mark.browser

QUERIES = tomllib.loads((ROOT / "tests/search_queries.toml").read_text(encoding="utf-8"))
WRONG = 2  # queries at most whose right page may come later
WINNERS = """(queries) => queries.map((query) =>
  window.tokenworksFind(query).slice(0, 3).map(({ page }) => page.page.split("/")[1]))"""


def test_the_right_page_comes_first_for_all_queries_but_two(chromium: Any, address: str):
    tab = chromium.new_page()
    tab.goto(f"{address}/search.html")
    first = dict(zip(QUERIES, tab.evaluate(WINNERS, list(QUERIES)), strict=True))
    wrong = {q: pages for q, pages in first.items() if not pages or pages[0] not in QUERIES[q]}
    assert len(QUERIES) >= 47
    assert len(wrong) <= WRONG, wrong
    tab.close()


@pytest.mark.parametrize("place", ["http", "file"])
def test_what_is_found_is_shown_with_its_words_and_leads_to_its_place(
    place: str, chromium: Any, request: pytest.FixtureRequest
):
    where = request.getfixturevalue("address" if place == "http" else "site")
    base = where if place == "http" else where.as_uri()
    tab = chromium.new_page()
    complaints: list[str] = []
    requests: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda one: requests.append(one.url))
    tab.goto(f"{base}/search.html?q={quote('nucleus sampling')}")
    assert "on “nucleus sampling”, the closest first." in tab.get_by_role("status").inner_text()
    term = tab.locator("#search-results a[href*='glossary.html#term']").first
    marked = {word.lower() for word in tab.locator("#search-results mark").all_inner_texts()}
    assert {"nucleus", "sampling"} <= marked
    term.click()
    tab.wait_for_url("**/book/glossary.html#*")
    anchor = urlsplit(tab.url).fragment
    assert tab.locator(f"[id='{anchor}']").is_visible()
    assert complaints == []
    assert [url for url in requests if not url.startswith(base)] == []
    tab.close()


def test_nothing_found_says_so_and_words_of_a_query_are_no_markup(chromium: Any, address: str):
    tab = chromium.new_page()
    tab.goto(f"{address}/search.html?q={quote('<i>zzzz</i>')}")
    status = tab.get_by_role("status")
    assert status.inner_text().startswith("Nothing on “<i>zzzz</i>”.")
    assert status.locator("i").count() == 0
    tab.close()


def test_neither_code_nor_formulas_are_indexed(site: Path):
    index = (site / "_static" / "search_index.js").read_text(encoding="utf-8")
    for code in ("import jax", "worked(", "from tokenworks", "\\\\frac", "\\\\alpha"):
        assert code not in index
    assert "bandwidth" in index
