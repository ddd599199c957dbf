"""The microscope in a browser: every number is Python's, every weight at its place."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from widget_page import CUT_LISTS, RAW, TEXTS, WAYS, close, count_of, put, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.quantizer import (
    GRID,
    WINDOW,
    codes_at,
    recorded,
    shown_at,
    values_at,
)

pytestmark = pytest.mark.browser
DOTS = """(root, kind) => [...root.querySelectorAll(`[data-${kind}]`)].map((dot) =>
  [Number(dot.dataset[kind]), Number(dot.getAttribute("cy"))])"""
COUNTS = """(root) => [...root.querySelectorAll("[data-count]")].map((bar) =>
  Number(bar.dataset.count))"""


def drawn_state(random):
    return {name: random.choice(values) for name, values in GRID.items()}


def grid_of(state):
    return {"bits": state["bits"], "group": state["group"]}


@pytest.mark.parametrize("way", WAYS)
def test_the_counters_are_pythons(visit, way):
    element, random = widget_on(visit(way), "quantizer"), Random(4)
    for _ in range(count_of(way, 60)):
        state = drawn_state(random)
        put(element, GRID, state)
        shown = dict(element.evaluate(RAW))
        want = shown_at(state["row"], state["method"], **grid_of(state))
        for name in ("error", "output", "largest", "bits", "used", "levels"):
            assert close(shown[name][0], want[name]), (name, state)
        assert shown["error"][1] == kit.probability_text(want["error"])
        assert shown["bits"][1] == kit.count_text(want["bits"])
        story = element.evaluate(TEXTS)["tw-story"]
        if want["error"]:
            assert story.endswith(f"{want['used']} of {want['levels']} levels are in use.")
        else:
            assert "Nothing is lost" in story


def test_weights_and_values_stand_at_their_heights(visit):
    element, random = widget_on(visit("http"), "quantizer"), Random(9)
    for _ in range(20):
        state = drawn_state(random)
        put(element, GRID, state)
        first = state["window"] * WINDOW
        weights = recorded()["rows"][state["row"]]["weights"]
        values = values_at(state["row"], state["method"], **grid_of(state))
        original = dict(element.evaluate(DOTS, "original"))
        rounded = dict(element.evaluate(DOTS, "rounded"))
        assert list(original) == list(rounded) == list(range(first, first + WINDOW))
        low = min(original, key=lambda i: weights[i])
        high = max(original, key=lambda i: weights[i])
        scale = (original[low] - original[high]) / (weights[high] - weights[low])
        for i in original:
            assert original[low] - original[i] == pytest.approx(
                scale * (weights[i] - weights[low]), abs=1e-6
            )
            assert original[i] - rounded[i] == pytest.approx(
                scale * (values[i] - weights[i]), abs=1e-6
            )


def test_the_bars_count_the_codes_of_the_row(visit):
    element, random = widget_on(visit("http"), "quantizer"), Random(2)
    for _ in range(20):
        state = drawn_state(random)
        put(element, GRID, state)
        counts = Counter(codes_at(state["row"], state["method"], **grid_of(state)))
        assert element.evaluate(COUNTS) == [counts[code] for code in sorted(counts)]


def test_the_keyboard_moves_bits_and_group(visit):
    page = visit("file")
    element = widget_on(page, "quantizer")
    element.get_by_label("Group").focus()
    page.keyboard.press("Home")
    assert element.locator("[data-counter=used]").text_content() == "15"
    element.get_by_label("Bits", exact=True).focus()
    page.keyboard.press("Home")
    assert element.locator("[data-counter=used]").text_content() == "3"


KEYS = "(root) => [...root.querySelectorAll('.tw-legend')].map((one) => one.textContent.trim())"
LINES = """(root) => [...root.querySelector(".tw-board svg").querySelectorAll("line")]
  .filter((one) => one.getAttribute("y1") === one.getAttribute("y2"))
  .map((one) => [one.getAttribute("class"), one.getAttribute("x2") - one.getAttribute("x1")])"""


def test_the_key_stands_in_the_open_and_names_what_is_drawn(visit):
    element = widget_on(visit("http"), "quantizer")
    always = ["a weight of the file", "what it becomes", "its error"]
    put(element, GRID, {"bits": 4, "group": GRID["group"][-1]})
    assert element.evaluate(KEYS) == [*always, "a level"]
    put(element, GRID, {"bits": 8, "group": GRID["group"][0]})
    assert element.evaluate(KEYS) == [*always, "where the levels lie", "where a group ends"]
    assert element.locator(".tw-legend").first.is_visible()


def test_only_levels_cross_the_picture(visit):
    element = widget_on(visit("http"), "quantizer")
    put(element, GRID, {"bits": 3, "group": GRID["group"][-1], "method": "symmetric"})
    crossing = [css for css, wide in element.evaluate(LINES) if wide > 10]
    assert crossing == ["tw-landing"] * 7


@pytest.mark.parametrize("width", [360, 1280])
def test_no_list_cuts_an_option(visit, width):
    assert widget_on(visit("http", width=width), "quantizer").evaluate(CUT_LISTS) == []
