"""SIM-14 in a browser: every number is Python's, and bars and strips are to scale."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import CUT_LISTS, RAW, TEXTS, WAYS, close, count_of, put, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.prefix_timeline import (
    BLOCK_TOKENS,
    GRID,
    found_tokens,
    of_weights,
    shown_at,
    tabulated,
    times_text,
)

pytestmark = pytest.mark.browser
TEXT = {
    "without": kit.short_seconds,
    "floor_without": kit.short_seconds,
    "with": kit.short_seconds,
    "floor_with": kit.short_seconds,
    "read": kit.count_text,
    "kept": kit.short_bytes,
}
DRAWN = """(root) => {
  const wide = (one) => ["x", "width"].map((name) => Number(one.getAttribute(name)));
  const all = (css, key) => Object.fromEntries([...root.querySelectorAll(css)].map((one) =>
    [one.dataset[key], wide(one)]));
  const svg = root.querySelector("svg");
  const right = Math.max(...[...svg.querySelectorAll("text")].map((one) => {
    const box = one.getBBox();
    return box.x + box.width;
  }));
  return {
    found: all("[data-found]", "found"), read: all("[data-read]", "read"),
    time: all("[data-time]", "time"), width: Number(svg.getAttribute("width")), right,
    floors: [...root.querySelectorAll(".tw-floor-mark")].map((one) =>
      Number(one.getAttribute("x1"))),
  };
}"""


@pytest.mark.parametrize("way", WAYS)
def test_it_shows_what_python_says(visit, way):
    element, random = widget_on(visit(way), "prefix_timeline"), Random(14)
    for _ in range(count_of(way, 60)):
        state = {name: random.choice(values) for name, values in GRID.items()}
        put(element, GRID, state)
        shown, want = dict(element.evaluate(RAW)), shown_at(**state)
        for name, text in TEXT.items():
            assert close(shown[name][0], want[name]), (name, state)
            assert shown[name][1] == text(want[name]), (name, state)
        check_words(element.evaluate(TEXTS), want, state)
        check_drawing(element.evaluate(DRAWN), want, state)


def check_words(texts, want, state):
    story = texts["tw-story"]
    assert tabulated()["errors"][state["deployment"]] in texts["tw-note"]
    found = found_tokens(state["known"], state["prefix_tokens"])
    if not found:
        assert story.startswith("Nothing is found")
        return
    times = want["without"] / want["with"]
    share = kit.probability_text(want["read"] / (want["read"] + found))
    assert f"{kit.count_text(found / BLOCK_TOKENS)} blocks of 16 tokens are found" in story
    assert f"{share} of the prompt is read" in story
    assert f"{times_text(times)} times sooner" in story
    weights = of_weights(state["deployment"], found, want["read"])
    assert ("A step reads all weights" in story) == weights, state


def check_drawing(drawn, want, state):
    found = found_tokens(state["known"], state["prefix_tokens"])
    total, pixels = want["read"] + found, drawn["width"] - 36
    assert drawn["read"]["without"] == pytest.approx([2, pixels], abs=0.01)
    start, wide = drawn["read"]["with"]
    assert start == pytest.approx(2 + pixels * found / total, abs=0.01)
    assert wide == pytest.approx(max(1.5, pixels * want["read"] / total), abs=0.01)
    assert ("with" in drawn["found"]) == (found > 0)
    for name in ("without", "with"):
        length = max(1.5, pixels * want[name] / want["without"])
        assert drawn["time"][name] == pytest.approx([2, length], abs=0.01)
    floors = (want["floor_without"], want["floor_with"])
    places = [2 + pixels * floor / want["without"] for floor in floors]
    assert drawn["floors"] == pytest.approx(places, abs=0.01)
    assert drawn["right"] <= drawn["width"]


def test_a_phone_cuts_neither_choices_nor_numbers(visit):
    element, random = widget_on(visit("http", width=360), "prefix_timeline"), Random(5)
    for _ in range(30):
        state = {name: random.choice(values) for name, values in GRID.items()}
        put(element, GRID, state)
        assert element.evaluate(CUT_LISTS) == []
        check_drawing(element.evaluate(DRAWN), shown_at(**state), state)


def test_the_keyboard_makes_the_prefix_longer(visit):
    page = visit("http")
    element = widget_on(page, "prefix_timeline")
    slider = element.get_by_label("Prefix tokens")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "4,000"
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "250"
