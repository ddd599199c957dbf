"""SIM-08 in a browser: every number and every bar is what was recorded."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, TEXTS, WAYS, close, count_of, put, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.batching import GRID, STRATEGIES, shown_at, tabulated

pytestmark = pytest.mark.browser
TEXT = {
    "mean": kit.seconds_text,
    "expected_mean": kit.seconds_text,
    "expected_p99": kit.seconds_text,
}
# The bars of requests, in document order: where they start, how wide they are.
DRAWN = """(root, _, edges = (bar) =>
  ["x", "width", "y", "height"].map((name) => Number(bar.getAttribute(name)))) => ({
  bars: [...root.querySelectorAll("rect.tw-decoding")].map(edges),
  wasted: [...root.querySelectorAll("rect.tw-wasted")].map(edges),
  came: root.querySelectorAll(".tw-came").length,
  width: Number(root.querySelector("svg").getAttribute("width")),
})"""


@pytest.mark.parametrize("way", WAYS)
def test_batching_shows_what_was_recorded(visit, way):
    element, random = widget_on(visit(way), "batching"), Random(8)
    for _ in range(count_of(way, 50)):
        state = {name: random.choice(values) for name, values in GRID.items()}
        put(element, GRID, state)
        shown, want = dict(element.evaluate(RAW)), shown_at(**state)
        for strategy in STRATEGIES:
            for name, text in TEXT.items():
                raw, printed = shown[f"{name}-{strategy}"]
                assert close(raw, want[strategy][name])
                assert printed == text(raw)
        drawn = element.evaluate("e => e.querySelector('.tw-batching svg').textContent")
        for strategy in STRATEGIES:
            used = kit.probability_text(want[strategy]["utilisation"])
            assert f"{strategy.capitalize()}, slots in use {used}" in drawn
        times = want["static"]["expected_mean"] / want["continuous"]["expected_mean"]
        assert (
            f"{kit.count_text(times)} times as long."
            in element.evaluate(TEXTS)["tw-story tw-short"]
        )
        check_bars(element.evaluate(DRAWN), want, state)


def check_bars(drawn, want, state):
    """Each bar starts and ends where its request did, in its own lane."""
    rate = GRID["rate_per_s"].index(state["rate_per_s"])
    until = tabulated()["until_ms"][rate]
    rows = [(i, bar) for i, name in enumerate(STRATEGIES) for bar in want[name]["bars"]]
    ran = [(i, slot, start, last) for i, (slot, start, last, _) in rows]
    kept = [(i, slot, last, end) for i, (slot, _, last, end) in rows if last < min(until, end)]
    pixels, lane = drawn["width"] - 26, 96 / state["max_batch"]
    for bars, wanted in ((drawn["bars"], ran), (drawn["wasted"], kept)):
        for (x, width, y, height), (i, slot, start, end) in zip(bars, wanted, strict=True):
            assert x == pytest.approx(4 + pixels * start / until, abs=0.01)
            wide = pixels * (min(end, until) - start) / until
            assert width == pytest.approx(max(1, wide - 1), abs=0.01)
            assert y + height == pytest.approx(22 + 126 * i + (slot + 1) * lane, abs=0.01)
    assert drawn["came"] == sum(ms < until for ms in tabulated()["arrivals_ms"][rate])


def test_the_keyboard_raises_the_variance(visit):
    page = visit("http")
    element = widget_on(page, "batching")
    element.get_by_label("Spread of answers").focus()
    page.keyboard.press("End")
    want = shown_at(rate_per_s=5, variance_percent=200, max_batch=8)
    assert close(
        dict(element.evaluate(RAW))["expected_p99-static"][0], want["static"]["expected_p99"]
    )
