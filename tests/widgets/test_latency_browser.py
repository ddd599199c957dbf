"""SIM-06 in a browser: every number is Python's, at every step of the stream."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, TEXTS, WAYS, close, count_of, hurry, press, put, set_control, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.latency import (
    GRID,
    METRICS,
    expected_at,
    shown_at,
    tabulated,
    time_text,
)

pytestmark = pytest.mark.browser
COUNTERS = ("ttft", "itl", "longest", "tpot", "e2el")
CONTROLS = ("deployment", "batch", "prompt_tokens", "output_tokens", "place")
BARS = "(root) => root.querySelectorAll('rect.tw-gap').length"


def check(element, state, cursor=None):
    shown, want = dict(element.evaluate(RAW)), shown_at(cursor, **state)
    assert shown["tokens"] == [want["tokens"], kit.count_text(want["tokens"])]
    for name in COUNTERS:
        assert shown[name][1] == time_text(want[name]), (name, state, cursor)
        assert close(shown[name][0], want[name] or 0), (name, state, cursor)
    for name, seconds in expected_at(**state).items():
        assert shown[f"expected_{name}"][1] == time_text(seconds), (name, state)
        assert close(shown[f"expected_{name}"][0], seconds or 0), (name, state)
    assert element.evaluate(TEXTS)["tw-text tw-stream"] == "".join(
        tabulated()["output"][: want["tokens"]]
    )
    assert element.evaluate(BARS) == max(0, want["tokens"] - 1)
    return shown, want


@pytest.mark.parametrize("way", WAYS)
def test_latency_shows_what_python_says(visit, way):
    element, random = widget_on(visit(way), "latency"), Random(6)
    for _ in range(count_of(way, 50)):
        state = {name: random.choice(GRID[name]) for name in CONTROLS}
        put(element, GRID, state)
        shown, _ = check(element, state)
        for batch in GRID["batch"]:
            here = state | {"batch": batch}
            for kind, row in {"": shown_at(**here), "expected-": expected_at(**here)}.items():
                for name in METRICS:
                    cell = shown[f"{kind}{name}-{batch}"]
                    assert cell[1] == time_text(row[name]), (kind, name, batch, state)


def test_latency_counts_step_by_step(visit):
    element, random = widget_on(visit("file"), "latency"), Random(8)
    stories = set()
    for _ in range(8):
        state = {name: random.choice(GRID[name]) for name in CONTROLS}
        put(element, GRID, state)
        steps = last_step(state)
        press(element, "Start over")
        cursor = 0
        check(element, state, 0)
        while cursor < steps:
            stride = min(random.choice((1, 1, 2, 7, 40)), steps - cursor)
            hurry(element, "Step", stride)
            cursor += stride
            check(element, state, cursor)
            stories.add(element.evaluate(TEXTS)["tw-story"].split()[-1])
        assert element.get_by_role("button", name="Step").is_disabled()
        assert element.evaluate(TEXTS)["tw-story"].startswith("Done: ")
    assert {"wait.", "them.", "token.", "gap.", "decoded."} <= stories


def last_step(state):
    at = [GRID[name].index(state[name]) for name in ("prompt_tokens", "output_tokens", "batch")]
    burst = tabulated()["runs"][state["deployment"]][at[0]][at[1]][at[2]]
    return burst["places"][GRID["place"].index(state["place"])][1] + state["output_tokens"] - 1


def test_the_stream_plays_to_its_end_and_can_be_halted(visit):
    page = visit("http")
    element = widget_on(page, "latency")
    set_control(element, "slower", GRID["slower"], value=100)
    press(element, "Play")
    press(element, "Pause")
    assert dict(element.evaluate(RAW))["tokens"][0] < 50
    press(element, "Step")
    set_control(element, "slower", GRID["slower"], value=1)
    press(element, "Play")
    page.wait_for_function(
        "document.querySelector('[data-widget=latency] .tw-story').textContent.startsWith('Done')"
    )
    assert element.get_by_role("button", name="Play", exact=True).is_enabled()
    check(element, {"deployment": "8b-h100", "batch": 1, "prompt_tokens": 100} | DEFAULT)


DEFAULT = {"output_tokens": 50, "place": "last"}


def test_latency_works_from_the_keyboard_and_without_motion(visit):
    page = visit("http", reduced_motion="reduce")
    element = widget_on(page, "latency")
    assert element.get_by_role("button", name="Play", exact=True).count() == 0
    element.get_by_label("Batch load").focus()
    page.keyboard.press("End")
    state = {"deployment": "8b-h100", "batch": 64, "prompt_tokens": 100} | DEFAULT
    check(element, state)
    element.get_by_role("button", name="Start over").focus()
    page.keyboard.press("Enter")
    check(element, state, 0)
    element.get_by_role("button", name="Step").focus()
    page.keyboard.press("Space")
    check(element, state, 1)
    press(element, "To the end")
    check(element, state)
