"""Asides fold on the site: each line is a heading, a link opens it, all of it is in the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from test_frame import CHAPTERS, article, texts

from tools.repository import ROOT

PAGE = "chapters/08-flash-attention.html"
NAMES = ("the-same-numbers", "against-a-measurement", "what-xla-does-by-itself")
NAMES += ("the-way-back",)
ASIDE = re.compile(r"(?m)^(##+) Aside: (.*)$")


def aside(page: Any, name: str) -> Any:
    return page.locator(f"details.aside:has(> #aside-{name})")


@pytest.fixture
def page(chromium: Any):
    tab = chromium.new_page(viewport={"width": 1280, "height": 900})
    yield tab
    tab.close()


@pytest.mark.parametrize("stem", CHAPTERS)
def test_each_is_one_line_named_by_its_subject_at_the_level_of_its_heading(site: Path, stem: str):
    own = article(site, stem)
    source = (ROOT / "chapters" / f"{stem}.md").read_text(encoding="utf-8")
    told = [(f"h{len(marks)}", name[0].upper() + name[1:]) for marks, name in ASIDE.findall(source)]
    lines = own.select("details.aside > summary > *")
    assert [(line.name, line.get_text()) for line in lines] == told
    assert not own.select("details.aside[open]")
    assert len(told) <= 8, "what is left out by most readers is little"
    outline = texts(own.find_parent("html").select(".toc-tree a"))
    assert not set(outline) & {name for _, name in told}
    assert not [h for h in own.select("h1, h2, h3, h4") if h.get_text().startswith("Aside")]


@pytest.mark.browser
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_each_is_folded_until_the_keyboard_opens_it(page: Any, site: Path, key: str):
    page.goto((site / PAGE).as_uri())
    for name in NAMES:
        fold = aside(page, name)
        expect(fold.locator("summary").get_by_role("heading").first).to_be_visible()
        expect(fold.locator("p").first).to_be_hidden()
        fold.locator("summary").first.press(key)
        expect(fold.locator("p").first).to_be_visible()
    assert page.locator("details.aside").count() == len(NAMES)


@pytest.mark.browser
def test_a_link_to_one_or_into_one_opens_it(page: Any, site: Path):
    page.goto(f"{(site / PAGE).as_uri()}#aside-the-way-back")
    expect(aside(page, "the-way-back").locator("p").first).to_be_visible()
    inner = aside(page, "what-xla-does-by-itself").locator("details.fold [id]").first
    where = inner.get_attribute("id")
    page.evaluate("(id) => (location.hash = id)", where)
    expect(aside(page, "what-xla-does-by-itself").locator("p").first).to_be_visible()
    assert page.locator(f"[id='{where}']").evaluate("e => e.getBoundingClientRect().top") < 900


@pytest.mark.browser
def test_on_paper_they_are_read_like_the_rest(page: Any, site: Path):
    page.goto((site / PAGE).as_uri())
    page.emulate_media(media="print")
    for name in NAMES:
        expect(aside(page, name).locator("p").first).to_be_visible()
