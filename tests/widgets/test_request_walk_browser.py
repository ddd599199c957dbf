"""The walk in a browser: each station's text and times, bars to scale, buttons and keys."""

from __future__ import annotations

import pytest
from widget_page import CUT_LISTS, RAW, TEXTS, WAYS, close, hurry, press, rendered, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.request_walk import (
    GRID,
    KNOWN,
    STATIONS,
    request_walk,
    station_seconds,
    tabulated,
    texts,
    times,
)

pytestmark = pytest.mark.browser
DRAWN = """(root) => ({
  spans: Object.fromEntries([...root.querySelectorAll("[data-span]")].map((one) =>
    [one.dataset.span, ["x", "width"].map((name) => Number(one.getAttribute(name)))])),
  labels: Math.max(...[...root.querySelectorAll("[data-station]")].map((one) => {
    const box = one.getBBox();
    return box.x + box.width;
  })),
  here: [...root.querySelectorAll("[data-here]")].map((one) => Number(one.dataset.here)),
  width: Number(root.querySelector("svg").getAttribute("width")),
  right: Math.max(...[...root.querySelectorAll("svg text")].map((one) => {
    const box = one.getBBox();
    return box.x + box.width;
  })),
})"""


@pytest.mark.parametrize("way", WAYS)
def test_each_station_says_and_shows_its_time(visit, way):
    element = widget_on(visit(way), "request_walk")
    for station, name in enumerate(STATIONS):
        hurry(element, "Step", min(station, 1))
        check(element, "whole", station)
        said = element.evaluate(TEXTS)["tw-story"]
        assert said.startswith(f"{station + 1} of 7. {name}: {texts('whole')[station]}")
    assert element.get_by_role("button", name="Step").get_attribute("aria-disabled") == "true"
    press(element, "Start over")
    check(element, "whole", 0)


def check(element, known, station):
    shown, drawn = dict(element.evaluate(RAW)), element.evaluate(DRAWN)
    seconds = [station_seconds(known, i) for i in range(len(STATIONS))]
    assert close(shown["first"][0], seconds[3])
    assert close(shown["whole"][0], sum(seconds))
    assert shown["whole"][1] == kit.short_seconds(sum(seconds))
    assert drawn["here"] == [station]
    assert set(drawn["spans"]) == {"3", "4", "5"}
    left = 150 if drawn["width"] >= 480 else 124
    unit = (drawn["width"] - 4 - left) / sum(seconds)
    for i in (3, 4, 5):
        x, wide = drawn["spans"][str(i)]
        assert x == pytest.approx(left + unit * sum(seconds[:i]), abs=0.01)
        assert wide == pytest.approx(max(1.5, unit * seconds[i]), abs=0.01)
    assert drawn["right"] <= drawn["width"]
    assert 90 < drawn["labels"] < left - 3
    said = element.evaluate(TEXTS)["tw-story"]
    for value in times(known)[station]:
        assert value is None or kit.short_seconds(value) in said
    first = f"With {KNOWN[known]} cached, the first token is expected after "
    assert said.endswith(f"{first}{kit.short_seconds(times(known)[3][1])} of reading.")


@pytest.mark.parametrize("known", GRID["known"])
def test_on_a_phone_too(visit, known):
    page = visit("live", width=360)
    for station in GRID["station"]:
        element = rendered(page, request_walk(known, station=station))
        check(element, known, station)
        assert element.evaluate(CUT_LISTS) == []
    assert tabulated()["error"] in element.evaluate(TEXTS)["tw-note"]


def test_the_keyboard_walks(visit):
    page = visit("http")
    element = widget_on(page, "request_walk")
    element.get_by_role("button", name="Step", exact=True).focus()
    for _ in range(3):
        page.keyboard.press("Space")
    assert element.evaluate(TEXTS)["tw-story"].startswith("4 of 7. Prefill pool")
