"""A link into a chapter lands on its heading, although the widgets above it grow when they show."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tools.repository import ROOT

pytestmark = pytest.mark.browser

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
NAMES = [entry["file"] for part in TOC["parts"] for entry in part["chapters"]]
CHAPTERS = [name for name in NAMES if name.startswith("chapters/")]
HEADINGS = """() => [...document.querySelectorAll("article section[id] > :is(h2, h3)")].map(
  (heading) => heading.parentElement.id)"""
PLACE = """(id) => document.getElementById(id).getBoundingClientRect().top"""
AT_THE_END = "() => innerHeight + scrollY >= document.documentElement.scrollHeight - 2"
NEAR = 120  # CSS pixels below the upper edge, where furo leaves room for its header


def settle(tab: Any) -> None:
    """Wait until what is in view has been drawn and the page keeps its height."""
    tab.wait_for_function(
        """() => {
          const { scrollHeight } = document.documentElement;
          const same = window.lastHeight === scrollHeight;
          window.lastHeight = scrollHeight;
          return same;
        }""",
        polling=120,
    )


@pytest.mark.parametrize("width", [360, 1280])
def test_links_into_a_chapter_land_on_their_headings(chromium: Any, address: str, width: int):
    context = chromium.new_context(viewport={"width": width, "height": 740})
    tab = context.new_page()
    missed = {}
    for name in CHAPTERS:
        tab.goto(f"{address}/{name}.html")
        ids = tab.evaluate(HEADINGS)
        for one in ids[len(ids) // 2 :: 7]:  # the second half has the widgets above it
            tab.goto("about:blank")
            tab.goto(f"{address}/{name}.html#{one}")
            settle(tab)
            top = tab.evaluate(PLACE, one)
            if not -2 <= top <= NEAR and not tab.evaluate(AT_THE_END):
                missed[f"{name}#{one}"] = top
    assert missed == {}
    context.close()


def test_a_reader_who_scrolls_is_left_alone(chromium: Any, address: str):
    context = chromium.new_context(viewport={"width": 1280, "height": 740})
    tab = context.new_page()
    tab.goto(f"{address}/{CHAPTERS[0]}.html")
    last = tab.evaluate(HEADINGS)[-1]
    tab.goto("about:blank")
    tab.goto(f"{address}/{CHAPTERS[0]}.html#{last}")
    settle(tab)
    tab.mouse.move(600, 400)
    for _ in range(12):
        tab.mouse.wheel(0, -600)
        tab.wait_for_timeout(60)
    settle(tab)
    assert tab.evaluate(PLACE, last) > 1000


def test_the_outline_leads_past_widgets_that_nobody_has_seen(chromium: Any, address: str):
    context = chromium.new_context(viewport={"width": 1400, "height": 740})
    tab = context.new_page()
    tab.goto(f"{address}/{CHAPTERS[-1]}.html")
    link = tab.locator(".toc-drawer a[href^='#']").nth(-3)
    link.click()
    settle(tab)
    (place,) = re.findall(r"#(.+)", link.get_attribute("href"))
    assert -2 <= tab.evaluate(PLACE, place) <= NEAR or tab.evaluate(AT_THE_END)
    context.close()
