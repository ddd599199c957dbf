"""Every picture of the built book, on a desk and on a phone: its words can be read and stay inside.

Words are measured in the browser, in the font that the reader sees, not in the one they were laid
out with.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tokenworks.figures.picture import figure_rules

pytestmark = pytest.mark.browser

LEAST = 12  # px
MOST = 18  # px: body text is 17; one number may be larger, as a headline is
WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}

LOOK = """() => [...document.querySelectorAll(".tw-drawing")].map((drawing) => {
  const svg = [...drawing.querySelectorAll("svg")].filter((s) => s.getClientRects().length);
  const frame = svg[0]?.getBoundingClientRect();
  const words = [...(svg[0]?.querySelectorAll("text") ?? [])].map((text) => {
    const box = text.getBoundingClientRect();
    const scale = frame.width / svg[0].viewBox.baseVal.width;
    return {
      text: text.textContent,
      px: parseFloat(getComputedStyle(text).fontSize) * scale,
      bold: text.classList.contains("b"),
      out: Math.max(frame.left - box.left, box.right - frame.right,
                    frame.top - box.top - 2, box.bottom - frame.bottom - 2),
    };
  });
  return { alt: drawing.getAttribute("aria-label"), role: drawing.getAttribute("role"),
           shown: svg.length, wide: frame?.width, page: innerWidth, words,
           folded: !drawing.checkVisibility() };
})"""


def pages(site: Path) -> list[str]:
    """Return the pages that hold a picture."""
    found = sorted(site.rglob("*.html"))
    return [
        str(page.relative_to(site))
        for page in found
        if 'class="tw-drawing"' in page.read_text(encoding="utf-8")
    ]


@pytest.fixture(scope="module", params=WIDTHS, ids=list(WIDTHS))
def seen(request, site, *, address, chromium) -> dict[str, list[dict[str, Any]]]:
    width, height = WIDTHS[request.param]
    context = chromium.new_context(viewport={"width": width, "height": height})
    tab = context.new_page()
    found = {}
    for page in pages(site):
        tab.goto(f"{address}/{page}")
        tab.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        found[page] = tab.evaluate(LOOK)
    context.close()
    return found


def test_pictures_are_found_on_many_pages(seen):
    assert len(seen) >= 6
    assert sum(map(len, seen.values())) >= 12


def test_each_has_alt_text_and_one_layout(seen):
    for page, pictures in seen.items():
        for picture in pictures:
            assert picture["role"] == "img", page
            assert len(picture["alt"].split()) >= 4, (page, picture["alt"])
            assert picture["shown"] == 1, (page, picture["alt"])


def test_each_fits_the_page(seen):
    for page, pictures in seen.items():
        for picture in pictures:
            assert 0 < picture["wide"] <= picture["page"] - 16, (page, picture["alt"])


def test_no_word_is_smaller_than_12_px(seen):
    small = [
        (page, word["text"], round(word["px"], 1))
        for page, pictures in seen.items()
        for picture in pictures
        for word in picture["words"]
        if word["px"] < LEAST
    ]
    assert small == []


def test_no_word_but_a_headline_is_larger_than_the_text(seen):
    large = [
        (page, word["text"], round(word["px"], 1))
        for page, pictures in seen.items()
        for picture in pictures
        for word in picture["words"]
        if word["px"] > MOST and not word["bold"]
    ]
    assert large == []


def test_every_word_stays_inside_its_picture(seen):
    outside = [
        (page, word["text"], round(word["out"], 1))
        for page, pictures in seen.items()
        for picture in pictures
        for word in picture["words"]
        if word["out"] > 1
    ]
    assert outside == []


def test_the_book_brings_the_rules_of_pictures_once(site):
    for page in pages(site):
        text = (site / page).read_text(encoding="utf-8")
        assert 'class="tw-own"' not in text
        sheets = re.findall(r'href="[./]*_static/([^"?]*\.css)', text)
        rules = "".join((site / "_static" / name).read_text(encoding="utf-8") for name in sheets)
        assert rules.count(figure_rules()) == 1
