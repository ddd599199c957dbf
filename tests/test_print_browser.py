"""A chapter on paper, as the browser prints it: few sheets, nothing clipped or wider than they are.

The browser shrinks a page that is wider than the paper, so its scale says whether anything is.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from test_site_shell_browser import A4_WIDTH, CHAPTERS, CLIPPED

pytestmark = pytest.mark.browser

MOST = 22  # sheets
A4 = (595, 842)  # points
HALF = (297 - 28) / 2 * 96 / 25.4  # CSS pixels of half a sheet between the margins of print.css
WIDE = "document.querySelector('p').style.width = '900px'"


def printed(tab: Any) -> bytes:
    return tab.pdf(format="A4", prefer_css_page_size=True)


def sheets(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def sizes(pdf: bytes) -> set[tuple[int, ...]]:
    boxes = re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)
    return {tuple(int(float(side)) for side in box.split()[2:]) for box in boxes}


def scale(pdf: bytes) -> float:
    """Return how many CSS pixels of paper a CSS pixel of the page gets; 1 where nothing is wide."""
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            drawn = zlib.decompress(found[1])
        except zlib.error:
            continue
        page = re.match(rb"([\d.]+) 0 0 -[\d.]+ 0 [\d.]+ cm", drawn)
        inner = re.search(rb"\n([\d.]+) 0 0 ([\d.]+) -?[\d.]+ -?[\d.]+ cm", drawn)
        if page and inner:
            return float(page[1]) * float(inner[1]) * 96 / 72
    raise AssertionError("no page is drawn in this PDF")


@pytest.fixture(scope="module")
def paper(chromium: Any) -> Any:
    size = {"width": A4_WIDTH, "height": 1000}
    context = chromium.new_context(viewport=size, reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_prints_on_few_sheets_and_fits_them(paper: Any, site: Path, name: str):
    paper.goto((site / f"{name}.html").as_uri())
    paper.wait_for_selector("[data-widget=guess][data-ready]")
    pdf = printed(paper)
    assert 5 <= sheets(pdf) <= MOST
    assert sizes(pdf) == {A4}
    assert scale(pdf) == pytest.approx(1, abs=0.005), "something is wider than the paper"
    paper.emulate_media(media="print")
    assert paper.evaluate(CLIPPED) == []
    card = paper.locator("section.card").bounding_box()
    assert card["height"] <= HALF, "a card is half a page"
    paper.emulate_media(media=None)


def test_the_cheat_sheet_prints_on_two_sheets(paper: Any, site: Path):
    paper.goto((site / "book/cheat-sheet.html").as_uri())
    pdf = printed(paper)
    assert (sheets(pdf), sizes(pdf)) == (2, {A4})
    assert scale(pdf) == pytest.approx(1, abs=0.005), "something is wider than the paper"
    paper.emulate_media(media="print")
    assert paper.evaluate(CLIPPED) == []
    paper.emulate_media(media=None)


def test_what_is_wider_than_the_paper_is_noticed_and_sheets_are_counted(paper: Any):
    paper.set_content("<style>div {height: 600px}</style><p>One</p><div></div><div></div>")
    pdf = printed(paper)
    assert (sheets(pdf), sizes(pdf)) == (2, {A4})
    assert scale(pdf) == pytest.approx(1, abs=0.005)
    paper.evaluate(WIDE)
    assert scale(printed(paper)) < 0.95
