"""Count how long the chapters are for a reader: screens, visible words, what fills them.

    python -m benchmarks.page_length

opens every chapter of `_build/html` in headless Chromium as a reader finds it (folds closed, every
widget drawn), prints one line a page and records the table. `tests/test_page_length.py` holds the
pages to `LIMITS`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.provenance import ROOT, provenance
from tools.book import SITE
from tools.browser import chromium

RESULT = ROOT / "benchmarks" / "results" / "page_length.json"
WIDTH, HEIGHT = 1280, 900
PHONE_WIDTH, PHONE_HEIGHT = 390, 844
# Chapters in the new form say the same in less; the others may be a little longer.
SHORT: dict[str, float] = {"screens": 16, "words": 3000}
LONG: dict[str, float] = {"screens": 20}
NEWER: dict[str, float] = {"screens": 18, "words": 3500}  # what later chapters were promised to be
WITHOUT_PICTURE = 2.0  # a picture every two screens
FEWER_PICTURES = {"kv-cache": 2.1}  # how far a chapter may be from it today
SHORT_CHAPTERS = ("kv-cache", "flash-attention", "paged-attention")
OLDER_CHAPTERS = (
    "token-factory",
    "generation",
    "prefill-decode",
    "roofline",
    "metrics",
    "batching",
)

# What a reader sees without touching anything. Words are those of text: prose, tables, lists and
# widgets; the code of open cells and the labels inside pictures are not read as sentences.
MEASURE = """(screen) => {
  const article = document.querySelector("article");
  const seen = (box) => box.checkVisibility() && box.getBoundingClientRect().height > 0;
  const words = { all: 0, table: 0, widget: 0 };
  const texts = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode, parent = text.parentElement;
    if (!parent || parent.closest("svg, pre, script, style, math") || !seen(parent)) continue;
    if (parent.matches("details:not([open])")) continue; // a folded text without a box of its own
    const count = (text.data.match(/\\S*[\\p{L}\\p{N}]\\S*/gu) ?? []).length;
    words.all += count;
    if (parent.closest(".tw-widget")) words.widget += count;
    else if (parent.closest("table")) words.table += count;
  }
  const boxes = (selector) => [...article.querySelectorAll(selector)].filter(seen)
    .map((box) => box.getBoundingClientRect());
  const height = (selector) => boxes(selector).reduce((sum, box) => sum + box.height, 0);
  const top = article.getBoundingClientRect().top;
  const pictures = boxes(".tw-figure, .tw-widget").sort((a, b) => a.top - b.top);
  const whole = article.getBoundingClientRect().height;
  // The longest way from the end of one picture to the next; what comes after the card is reading
  // matter that is opened by choice, so the last stretch counts up to the heading "After reading".
  const after = document.getElementById("after-reading");
  const end = after ? after.getBoundingClientRect().top - top : whole;
  let from = 0, gap = 0;
  for (const box of pictures) {
    if (box.top - top > end) break;
    gap = Math.max(gap, box.top - top - from);
    from = Math.max(from, box.bottom - top);
  }
  return {
    screens: whole / screen, words: words.all, table_words: words.table,
    widget_words: words.widget, pictures: pictures.length,
    screens_without_picture: Math.max(gap, end - from) / screen,
    code_share: height("pre") / whole, picture_share: height(".tw-figure, .tw-widget") / whole,
  };
}"""


def settled(tab: Any, url: str, *, before: str = "") -> None:
    """Open a page, run a script, and let every widget draw itself as if a reader came near."""
    tab.goto(url)
    if before:
        tab.evaluate(before)
    for widget in tab.locator(".tw-widget[data-widget]").all():
        widget.scroll_into_view_if_needed()
        widget.locator(".tw-fallback").wait_for(state="hidden")
    tab.evaluate("scrollTo(0, 0)")


def length(tab: Any, url: str, *, screen: int = HEIGHT) -> dict[str, float]:
    """Measure one page: screens of `screen` pixels, visible words, pictures, shares of height."""
    settled(tab, url)
    return {name: round(value, 2) for name, value in tab.evaluate(MEASURE, screen).items()}


def limits(stem: str) -> dict[str, float]:
    """Return how many screens, visible words and screens without a picture a chapter may have."""
    name = stem.partition("-")[2]
    most = SHORT if name in SHORT_CHAPTERS else LONG if name in OLDER_CHAPTERS else NEWER
    return most | {"screens_without_picture": FEWER_PICTURES.get(name, WITHOUT_PICTURE)}


def pages(site: Path = SITE) -> list[Path]:
    """Return the built chapters in order."""
    return sorted((site / "chapters").glob("[0-9][0-9]-*.html"))


def main() -> int:
    """Print and record the table."""
    if not pages():
        print("No built site: run `make site` first.", file=sys.stderr)
        return 2
    found: dict[str, dict[str, Any]] = {}
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        desk = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce"
        )
        phone = browser.new_page(
            viewport={"width": PHONE_WIDTH, "height": PHONE_HEIGHT}, reduced_motion="reduce"
        )
        for page in pages():
            one = length(desk, page.as_uri())
            one["phone_screens"] = length(phone, page.as_uri(), screen=PHONE_HEIGHT)["screens"]
            found[page.stem] = one
            most = limits(page.stem)
            print(
                f"{page.stem:22} {one['screens']:5.1f} screens, {one['words']:5.0f} words "
                f"({', '.join(f'{value:,.0f} {name}' for name, value in most.items())} at most), "
                f"{one['pictures']:2.0f} pictures, at most {one['screens_without_picture']:.1f} "
                f"screens without one, {one['code_share']:3.0%} code, "
                f"{one['phone_screens']:.0f} screens on a phone"
            )
        browser.close()
    record = provenance("python -m benchmarks.page_length", ("tokenworks",))
    record |= {"viewport": [WIDTH, HEIGHT], "phone": [PHONE_WIDTH, PHONE_HEIGHT], "pages": found}
    RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
