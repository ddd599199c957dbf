"""Tables on a phone: rows become blocks of labelled values, or scroll and keep what is needed."""

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


UNFOLD = "document.querySelectorAll('details').forEach((fold) => { fold.open = true; })"
# Of each table that a phone stacks: whether it is stacked, and which cells are not as they should
# be. A value's label is the head of its column; label and value lie within the table's box.
STACKED = """() => [...document.querySelectorAll("table.stacked")].filter(
  (table) => table.checkVisibility()).map((table) => {
    const { left, right } = table.parentElement.getBoundingClientRect();
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
    const words = document.createRange();
    const wrong = [...table.querySelectorAll("tbody tr")].flatMap((row) =>
      [...row.children].filter((cell, column) => {
        const label = getComputedStyle(cell, "::before").content;
        words.selectNodeContents(cell);
        const boxes = [cell.getBoundingClientRect(), words.getBoundingClientRect()];
        return label !== (column === 0 ? "none" : JSON.stringify(heads[column]))
          || boxes.some((box) => box.left < left - 1 || box.right > right + 1)
          || cell.scrollWidth > cell.clientWidth || boxes[0].height === 0;
      }).map((cell) => cell.textContent));
    return { wrong, name: table.textContent.trim().slice(0, 40), keys: table.querySelectorAll(
      "td.tw-key").length, display: getComputedStyle(table).display };
  })"""


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_phone_stacks_what_it_cannot_hold(chromium: Any, address: str, *, scripts: bool):
    context = chromium.new_context(
        viewport={"width": 360, "height": 740}, java_script_enabled=scripts
    )
    tab = context.new_page()
    tables, keys = 0, 0
    for name in PAGES:
        tab.goto(f"{address}/{name}.html")
        tab.evaluate(UNFOLD)
        found = tab.evaluate(STACKED)
        assert [one for one in found if one["wrong"] or one["display"] != "block"] == [], name
        tables += len(found)
        keys += sum(one["keys"] for one in found)
    assert tables > 20
    assert keys >= 5, "a column that a text speaks of"
    context.close()


def test_who_listens_to_a_stacked_table_hears_a_table_with_labels(chromium: Any, address: str):
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    tab = context.new_page()
    tab.goto(f"{address}/book/facts.html")
    table = tab.locator("table.stacked").first
    heads = table.locator("thead th").all_text_contents()
    rows = table.get_by_role("row")
    assert rows.count() == 1 + table.locator("tbody tr").count()
    assert table.get_by_role("columnheader").all_text_contents() == heads
    for i in (1, rows.count() - 1):
        values = rows.nth(i).locator("> *").all_text_contents()
        heard = rows.nth(i).aria_snapshot()
        for head, value in zip(heads[1:], values[1:], strict=True):
            assert plain(f"{head} {value}") in plain(heard)
    context.close()


def plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


# Where each cell of a table stands, and the same when nothing marks the table.
PLACES = """() => [...document.querySelectorAll("table.stacked")].filter(
  (table) => table.checkVisibility()).map((table) => {
    const places = () => [...table.querySelectorAll("th, td")].map((cell) =>
      Object.values(cell.getBoundingClientRect().toJSON()).join());
    const before = places();
    table.classList.remove("stacked");
    return [before, places()];
  })"""


@pytest.mark.parametrize(("width", "media"), [(1280, "screen"), (680, "print"), (360, "print")])
def test_wide_screens_and_paper_keep_the_table(
    chromium: Any, address: str, *, width: int, media: str
):
    context = chromium.new_context(viewport={"width": width, "height": 900})
    tab = context.new_page()
    tab.emulate_media(media=media)
    count = 0
    for name in ("book/facts", "chapters/04-roofline", "chapters/06-metrics"):
        tab.goto(f"{address}/{name}.html")
        for marked, unmarked in tab.evaluate(PLACES):
            assert marked == unmarked, name
            count += 1
    assert count > 10
    context.close()


COLOURS = """() => {
  const table = document.querySelector("table.stacked");
  const [row, cell] = [table.querySelector("tr + tr"), table.querySelector("td + td")];
  const [rule, label] = [getComputedStyle(row), getComputedStyle(cell, "::before")];
  return { rule: rule.borderTop.replace(/rgb.*/, ""), label: label.color,
    value: getComputedStyle(cell).color, paper: getComputedStyle(document.body).backgroundColor };
}"""


def test_labels_and_rules_are_seen_in_the_dark_and_in_forced_colours(chromium: Any, address: str):
    seen = []
    for options in (
        {"color_scheme": "light"},
        {"color_scheme": "dark"},
        {"forced_colors": "active"},
    ):
        context = chromium.new_context(viewport={"width": 360, "height": 740}, **options)
        tab = context.new_page()
        tab.goto(f"{address}/book/facts.html")
        seen.append(tab.evaluate(COLOURS))
        context.close()
    light, dark, forced = seen
    assert {one["rule"] for one in seen} == {"1px solid "}
    assert light["label"] != dark["label"]
    for one in (light, dark):
        assert len({one["label"], one["value"], one["paper"]}) == 3
    assert forced["label"] == forced["value"] != forced["paper"]


def test_at_a_desk_no_table_of_five_columns_scrolls(chromium: Any, address: str):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    for name in PAGES:
        tab.goto(f"{address}/{name}.html")
        narrow = [one for one in tab.evaluate(TABLES, BOXES) if one["columns"] <= MOST_COLUMNS]
        assert [one["name"] for one in narrow if one["scrolls"]] == [], name
    context.close()
