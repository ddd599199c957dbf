"""The planner in a browser: every number equals the Python function's, for everyone, everywhere."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, TEXTS, WAYS, close, count_of, put, rendered, widget_on

from tokenworks import specs
from tokenworks.widgets import kit
from tokenworks.widgets.kv_planner import (
    FILL,
    GRID,
    kv_planner,
    needed_chips,
    plan_at,
    tabulated,
)

pytestmark = pytest.mark.browser
COUNTERS = {"room": kit.count_text, "one": kit.bytes_text}
KEYS = ("weights", "runtime", "caches", "unusable")
POINTS = 60
MODELS = tabulated(GRID["model"], GRID["chip"])["models"]


def states(seed, points):
    """Yield settings that use every value of every control at least once."""
    random = Random(seed)
    for i in range(points):
        yield {
            name: values[i % len(values)] if i < 10 else random.choice(values)
            for name, values in GRID.items()
        }


@pytest.mark.parametrize("way", WAYS)
def test_every_number_is_pythons(visit, way):
    element, refused = widget_on(visit(way), "kv_planner"), 0
    for state in states(4, count_of(way, POINTS)):
        put(element, GRID, state)
        shown = dict(element.evaluate(RAW))
        check_chips(shown, state)
        if isinstance(pieces := MODELS[state["model"]]["pieces"][str(state["chips"])], str):
            check_refused(element, shown, pieces)
            refused += 1
            continue
        plan = plan_at(state)
        for name, text in COUNTERS.items():
            assert close(shown[name][0], plan[name])
            assert shown[name][1] == text(plan[name])
        exists = plan["weights"] + plan["runtime"] < plan["capacity"]
        assert ("unusable" in shown) == exists  # a share of the pool, if there is one
        for name in KEYS[: 4 if exists else 3]:
            assert abs(shown[name][0] - plan[name]) <= 1e-9 * plan["capacity"]
            assert shown[name][1] == kit.bytes_text(plan[name])
        assert abs(shown["free"][0] - plan["free"]) <= 1e-9 * (plan["caches"] + plan["capacity"])
        check_words(element.evaluate(TEXTS), state, plan)
        check_picture(element, plan)
    assert 0 < refused < POINTS / 4 or way != "http"


def check_chips(shown, state):
    for name in GRID["chip"]:
        pair = needed_chips(state, name)
        assert shown[f"rent-{name}"][0] == (pair[1] if pair else 0)
        if pair is None:
            assert shown[f"rent-{name}"][1] == "no number of them"
        elif pair[0] == pair[1]:
            assert shown[f"rent-{name}"][1] == str(pair[0])
        else:
            assert shown[f"rent-{name}"][1] == f"{pair[0]}, rent {pair[1]}"


def check_refused(element, shown, reason):
    """An impossible setting keeps the frame, and the reason stands in it."""
    frame = element.locator(".tw-memory .tw-refused")
    assert frame.text_content() == f"Not possible: {reason}."
    assert element.evaluate(TEXTS)["tw-story tw-unseen"] == frame.text_content()
    assert frame.evaluate("e => e.offsetHeight") >= 60
    assert {shown[name][1] for name in ("room", "one", "free", "rent")} == {"–"}


def check_words(texts, state, plan):
    story, on = texts["tw-story"], specs.chip(state["chip"])
    assert f"{state['chips']} × {on.label}" in story
    if plan["weights"] + plan["runtime"] >= plan["capacity"]:
        assert story.startswith("The weights and the runtime do not fit on")
        return
    assert story.startswith(f"{kit.count_text(plan['room'])} conversation")
    if state["wanted"] is FILL:
        assert story.endswith(f"each {kit.bytes_text(plan['one'])}.")
    else:
        verb = "are left." if plan["free"] >= 0 else "are missing."
        assert story.endswith(f"{kit.bytes_text(abs(plan['free']))} {verb}")
    limit = MODELS[state["model"]]["limit"]
    assert ("ends at" in texts["tw-note"]) == (limit < state["context_tokens"])
    pieces = MODELS[state["model"]]["pieces"][str(state["chips"])]
    assert ("hold copies" in texts["tw-note"]) == (pieces < state["chips"])


BOXES = """(root) => Object.fromEntries(
  ["weights", "runtime", "unusable", "capacity", "kv", "outside"].map((name) => [name,
    [...root.querySelectorAll(`.tw-memory rect.tw-${name}`)].map((box) =>
      [Number(box.getAttribute("width")), Number(box.dataset.slots ?? 0)])]))"""


def check_picture(element, plan):
    """The bar is to scale, and has as many slots as there are conversations."""
    boxes = element.evaluate(BOXES)
    scale = boxes["capacity"][0][0] / plan["capacity"]
    for name in ("weights", "runtime", "unusable"):
        assert boxes[name][0][0] == pytest.approx(plan[name] * scale, abs=0.5)
    inside = min(plan["room"], plan["count"])
    for name, count in {"kv": inside, "outside": plan["count"] - inside}.items():
        assert sum(slots for _, slots in boxes[name]) == count
        wide = sum(width + (slots == 1) for width, slots in boxes[name])
        assert wide == pytest.approx(count * plan["one"] * scale, abs=1.01)


def test_the_keyboard_moves_the_context(visit):
    page = visit("file")
    element = widget_on(page, "kv_planner")
    slider = element.get_by_label("Context tokens")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "8,192"
    assert element.locator("[data-counter=room]").text_content() == "9"
    page.keyboard.press("End")
    assert element.locator("[data-counter=room]").text_content() == "0"


def test_the_short_form_has_one_control(visit):
    page = visit("live")
    short = kv_planner(length_only=True)
    element = rendered(page, short)
    assert element.evaluate("e => e.querySelectorAll('input, select').length") == 1
    for context in GRID["context_tokens"]:
        put(element, GRID, {"context_tokens": context})
        plan = plan_at(short.state | {"context_tokens": context})
        story = element.evaluate("e => e.querySelector('.tw-story').textContent")
        fit = f"{plan['room']} conversation{'' if plan['room'] == 1 else 's'} of {context:,} tokens"
        assert story.startswith(fit)
        assert story.endswith(f"each {kit.bytes_text(plan['one'])}.")
        check_picture(element, plan)
