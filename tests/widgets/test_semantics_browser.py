"""Widgets for those who listen: a named group, a heading, counters as a list, one live sentence."""

from __future__ import annotations

from itertools import pairwise

import pytest
from widget_page import STEMS, press, widget_on

pytestmark = pytest.mark.browser

HEARD = """(root) => {
  const titles = root.querySelectorAll(":scope > :is(h2, h3, h4, h5)");
  const by = document.getElementById(root.getAttribute("aria-labelledby"));
  const name = by === null ? root.ariaLabel : root.contains(by) && by.textContent;
  const live = [...root.querySelectorAll("[aria-live], output, [role=status], [role=alert]")]
    .filter((one) => one.ariaLive !== "off" && one.getAttribute("role") !== "none");
  return {
    titles: titles.length,
    entitled: titles.length === 0 || titles[0] === by,
    name: root.getAttribute("role") === "group" ? name : null,
    legends: [...root.querySelectorAll("fieldset > legend")].map((one) => one.textContent),
    live: live.map((one) => [one.tagName, one.className]),
    counters: [...root.querySelectorAll(".tw-counters")].map((list) =>
      [list.tagName, [...list.children].every((item) => item.tagName === "LI")]),
  };
}"""
# A question is the name of its group; the poem on the landing page has a name that is not seen.
UNTITLED = {"guess", "reveal", "quiz", "streaming"}
# two pictures, each with controls of its own; a run, missions and a challenge
MOST_LIVE = {"tiling": 2, "cockpit": 3}


def test_a_widget_is_one_named_group_with_one_sentence_that_speaks(visit):
    page = visit("http")
    for name in STEMS:
        heard = widget_on(page, name).evaluate(HEARD)
        groups = [heard["name"]] if heard["name"] else heard["legends"]
        assert len(groups) == 1, (name, groups)
        assert len(groups[0]) > len("a name"), (name, groups)
        assert heard["entitled"], name
        assert heard["titles"] == (name not in UNTITLED), name
        assert len(heard["live"]) <= MOST_LIVE.get(name, 1), (name, heard["live"])
        assert all(one == ["UL", True] for one in heard["counters"]), name


@pytest.mark.parametrize(("name", "button"), [("decode_loop", "Step"), ("block_table", "Back")])
def test_the_focus_stays_on_a_button_that_can_do_no_more(visit, name, button):
    page = visit("http")
    element = widget_on(page, name)
    if button == "Back":
        press(element, "Step")
    pressed = element.get_by_role("button", name=button, exact=True)
    pressed.focus()
    for _ in range(80):
        if pressed.get_attribute("aria-disabled") == "true":
            break
        page.keyboard.press("Enter")
    assert pressed.get_attribute("aria-disabled") == "true"
    before = element.evaluate("(root) => root.textContent")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == button
    assert element.evaluate("(root) => root.textContent") == before, "it does nothing"


LEVELS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5")].map(
  (heading) => Number(heading.tagName[1]))"""


def test_titles_of_widgets_skip_no_level_of_heading(visit):
    page = visit("http")
    for name in STEMS:
        widget_on(page, name)
    levels = page.evaluate(LEVELS)
    assert len(levels) == 1 + len(STEMS) - len(UNTITLED), "the page's and the widgets'"
    assert all(after - before <= 1 for before, after in pairwise(levels))


TIED = r"""(root) => [...root.querySelectorAll(".tw-story, .tw-note")].flatMap((part) => {
  const loose = part.cloneNode(true);
  const kept = loose.querySelectorAll(".tw-tied");
  window.tied = (window.tied ?? 0) + kept.length;
  kept.forEach((one) => one.replaceWith("…"));
  return loose.textContent.match(
    /\d (?:[KMGT]?B|[KMGTPE]?FLOP(?:\/[sB])?|[nµm]?s|%)(?![\w/])/g) ?? [];
})"""
WRAP = "getComputedStyle(document.querySelector('.tw-tied')).whiteSpace"


def test_no_number_of_a_sentence_may_part_from_its_unit(visit):
    page = visit("http", width=360)
    for name in STEMS:
        assert widget_on(page, name).evaluate(TIED) == [], name
    assert page.evaluate("window.tied") > len(STEMS)
    assert page.evaluate(WRAP) == "nowrap"


def test_on_a_phone_tables_and_notes_are_folded_and_grids_have_no_orphans(visit):
    page = visit("http", width=390)
    for name in STEMS:
        element = widget_on(page, name)
        assert not element.evaluate("(root) => root.querySelector('.tw-folded[open]') !== null")
        rows = element.evaluate(ROWS)
        assert all(1 not in counts[1:] for counts in rows), (name, rows)


# How many boxes stand in each row of a grid.
ROWS = """(root) => [...root.querySelectorAll(".tw-counters, .tw-buttons")].map((grid) => {
  const tops = {};
  for (const box of grid.children) {
    const { top } = box.getBoundingClientRect();
    tops[top] = (tops[top] ?? 0) + 1;
  }
  return Object.values(tops);
})"""
