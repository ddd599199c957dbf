"""Tables on a phone: what does not fit scrolls in its box, and the first column stays."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tools.repository import ROOT

pytestmark = pytest.mark.browser

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [TOC["root"], *(e["file"] for part in TOC["parts"] for e in part["chapters"])]
MOST_COLUMNS = 5
BOXES = "article .tw-table, article .table-wrapper"
# The script that marks a box which scrolls has seen all of them.
MARKED = """(boxes) => [...document.querySelectorAll(boxes)].every(
  (box) => !box.checkVisibility() ||
    box.hasAttribute("tabindex") === box.scrollWidth > box.clientWidth)"""
# Of each table: whether it scrolls, and what is wrong when it stands at either end.
TABLES = """(boxes) => [...document.querySelectorAll(boxes)].filter((b) => b.checkVisibility()).map(
  (box) => {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    const [left, right] = [box.getBoundingClientRect().left, box.getBoundingClientRect().right];
    const within = (cell) => cell.getBoundingClientRect().left >= left - 1
      && cell.getBoundingClientRect().right <= right + 1;
    const wrong = [];
    for (const end of [0, box.scrollWidth]) {
      box.scrollLeft = end;
      for (const row of box.querySelectorAll("tr")) {
        const kept = [row.firstElementChild, ...row.querySelectorAll(".tw-key")];
        wrong.push(...kept.filter((cell) => !within(cell)).map((cell) => cell.textContent));
      }
    }
    const columns = box.querySelectorAll("thead th").length;
    return { scrolls, wrong, columns, name: box.querySelector("caption, th").textContent,
      cue: getComputedStyle(box).backgroundImage.includes("gradient") };
  })"""


def test_on_a_phone_the_first_column_and_the_one_spoken_of_stay(chromium: Any, address: str):
    context = chromium.new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    tab = context.new_page()
    count = 0
    for name in PAGES:
        tab.goto(f"{address}/{name}.html")
        tab.wait_for_function(MARKED, arg=BOXES)
        tables = tab.evaluate(TABLES, BOXES)
        assert [one for one in tables if one["wrong"] or not one["cue"]] == [], name
        count += len(tables)
    assert count > 20
    context.close()


def test_at_a_desk_no_table_of_five_columns_scrolls(chromium: Any, address: str):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    for name in PAGES:
        tab.goto(f"{address}/{name}.html")
        narrow = [one for one in tab.evaluate(TABLES, BOXES) if one["columns"] <= MOST_COLUMNS]
        assert [one["name"] for one in narrow if one["scrolls"]] == [], name
    context.close()
