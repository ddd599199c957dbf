"""SIM-11 in a browser: every number is Python's, and round by round the run is the recorded one."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, TEXTS, WAYS, close, count_of, hurry, press, put, widget_on

from tokenworks.data.speculation_trace import walked
from tokenworks.widgets import kit
from tokenworks.widgets.speculation import (
    GRID,
    shown_at,
    tabulated,
    times_text,
    trace_name,
)

pytestmark = pytest.mark.browser
COUNTERS = {
    "alpha": kit.probability_text,
    "tau": times_text,
    "formula": times_text,
    "cost": times_text,
    "gain": times_text,
    "formula_gain": times_text,
}
PLACES = """(root) => [...root.querySelectorAll(".tw-judged")].map((one) =>
  [one.className.match(/tw-fate-(\\w+)/)[1], ...[...one.children].map((e) => e.textContent)])"""
WIDTHS = """(root) => ["tw-stands", "tw-in-vain", "tw-pass-bar"].map((css) =>
  [...root.querySelectorAll(`.tw-chart .${css}`)].map((e) => Number(e.getAttribute("width"))))"""


def drawn_state(random):
    state = {name: random.choice(values) for name, values in GRID.items()}
    return state | {"draft": random.choice(GRID["draft"])}


@pytest.mark.parametrize("way", WAYS)
def test_speculation_shows_what_python_says(visit, way):
    element, random = widget_on(visit(way), "speculation"), Random(5)
    for _ in range(count_of(way, 60)):
        state = drawn_state(random)
        put(element, GRID, state)
        shown, want = dict(element.evaluate(RAW)), shown_at(**state)
        for name, text in COUNTERS.items():
            if want[name] is None:
                assert shown[name][1] == "–", (name, state)
            else:
                assert close(shown[name][0], want[name]), (name, state)
                assert shown[name][1] == text(want[name]), (name, state)
        story = element.evaluate(TEXTS)["tw-story"]
        assert ("do not fit" in story) == (want["cost"] is None), state


def test_rounds_follow_each_other_as_they_were_recorded(visit):
    element, random = widget_on(visit("http"), "speculation"), Random(2)
    for _ in range(12):
        state = drawn_state(random)
        put(element, GRID, state)
        trace = tabulated()["traces"][trace_name(**state)]
        rounds = walked(trace["runs"], trace["drafted"], state["gamma"])
        hurry(element, "Start over")
        for number, one in enumerate(rounds, 1):
            fates = [place[0] for place in element.evaluate(PLACES)]
            behind = one.drafted - one.accepted - 1
            want = ["stands"] * one.accepted
            want += ["bonus"] if behind < 0 else ["refused", *["unjudged"] * behind]
            assert fates == want, state
            story = element.evaluate("(root) => root.querySelector('.tw-story').textContent")
            assert story.startswith(f"Round {number} of {len(rounds)}: ")
            hurry(element, "Round")
        said = element.locator(".tw-said")
        tokens = sum(one.accepted + 1 for one in rounds[:-1])
        assert said.count() == tokens, "the last round stands below"


def test_the_picture_is_to_scale(visit):
    element = widget_on(visit("http"), "speculation")
    state = {"draft": "coins", "alpha": 0.8, "gamma": 5, "draft_cost": 0.2, "batch": 12}
    put(element, GRID, state | {"target": "8b", "context_tokens": 2000})
    want = shown_at(**state, target="8b", context_tokens=2000, kind="chat", temperature=0)
    stands, refused, own = element.evaluate(WIDTHS)
    step = own[1] + 1  # the first of the plain steps; the pass stands before them
    assert len(stands) + len(refused) == 5
    for wide in [*stands, *refused]:
        assert wide + 1 == pytest.approx(0.2 * step, abs=0.1)
    assert own[0] + 1 == pytest.approx((want["cost"] - 5 * 0.2) * step, abs=0.1)
    assert len(own) == 1 + len(stands) + 1


def test_a_guess_under_the_focus_shows_both_laws(visit):
    page = visit("http")
    element = widget_on(page, "speculation")
    put(element, GRID, {"draft": "eight-bit", "kind": "chat", "temperature": 1, "gamma": 5})
    trace = tabulated()["traces"]["eight-bit chat 1"]
    rounds = walked(trace["runs"], trace["drafted"], 5)
    number = next(i for i, one in enumerate(rounds) if 0 < one.accepted < 5)
    hurry(element, "Round", number)
    one = rounds[number]
    refused = element.locator(".tw-judged").nth(one.accepted)
    refused.focus()
    law = trace["laws"][one.start + one.accepted]
    raw = dict(element.evaluate(RAW))
    for i, (_, p, q) in enumerate(law["rows"]):
        assert close(raw[f"p-{i}"][0], p)
        assert close(raw[f"q-{i}"][0], q)
        assert close(raw[f"anew-{i}"][0], kit.ratio(max(0, p - q), law["left"]))
    assert "is drawn from what p has beyond q" in element.inner_text()
    page.keyboard.press("Shift+Tab")
    assert "was accepted" in element.inner_text()
    assert element.locator(".tw-judged.tw-pointed").get_attribute("data-place") == str(
        one.accepted - 1
    )
    element.locator(".tw-judged").last.hover()
    last = element.locator(".tw-judged").last.get_attribute("data-place")
    assert element.locator(".tw-judged.tw-pointed").get_attribute("data-place") == last


def test_the_laws_of_the_trained_layer_are_those_of_its_run(visit):
    """At one place they differ from run to run: the widget shows those of the round at hand."""
    element = widget_on(visit("http"), "speculation")
    put(element, GRID, {"draft": "trained", "kind": "code", "temperature": 1, "gamma": 4})
    trace = tabulated()["traces"]["trained code 1"]
    seen = set()
    for one in walked(trace["runs"], trace["drafted"], 4):
        place = min(one.accepted, one.drafted - 1)
        law = trace["chains"][one.start][place]
        element.locator(".tw-judged").nth(place).hover()
        raw = dict(element.evaluate(RAW))
        for i, (_, p, q) in enumerate(law["rows"]):
            assert close(raw[f"p-{i}"][0], p)
            assert close(raw[f"q-{i}"][0], q)
        seen.add(min(place, 2))
        hurry(element, "Round")
    assert seen == {0, 1, 2}


def test_a_guess_of_the_trained_layer_costs_a_layer_of_the_target(visit):
    element = widget_on(visit("http"), "speculation")
    state = {"draft": "trained", "kind": "chat", "temperature": 0, "gamma": 3, "batch": 1}
    state |= {"draft_cost": None, "target": "8b", "context_tokens": 2000}
    put(element, GRID, state)
    shown, want = dict(element.evaluate(RAW)), shown_at(**state, alpha=0.8)
    assert close(shown["cost"][0], want["cost"])
    assert 1.2 < want["cost"] < 1.4
    folded = element.locator("details")
    folded.locator("summary").click()
    measured = times_text(tabulated()["measured"])
    assert f"took so many plain steps: {measured}." in folded.inner_text()


def test_what_a_control_has_no_say_in_is_off(visit):
    element = widget_on(visit("http"), "speculation")
    put(element, GRID, {"draft": "coins"})
    assert element.get_by_label("Text", exact=True).is_disabled()
    assert element.get_by_label("Acceptance α").is_enabled()
    put(element, GRID, {"draft": "lookup", "kind": "copy"})
    assert element.get_by_label("Acceptance α").is_disabled()
    assert element.get_by_label("Text", exact=True).is_enabled()
    press(element, "To the end")
    assert element.get_by_role("button", name="Round").get_attribute("aria-disabled") == "true"
