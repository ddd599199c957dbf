"""Missions, challenges and long runs of the cockpit in a browser; the tests' Python answers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from cockpit_page import AT, LIVE, SCRIPT, button, engine_on, link, said, tag, told, unfold, wait
from widget_page import widget_on

from tokenworks.cockpit import Settings, score

pytestmark = pytest.mark.browser
SAYS = ".tw-mission-says"
SLOW = {"seed": 0, "changes": [[0, {"set": {"rate": 0.1}}]]}
NUMBERS = "() => [...document.querySelectorAll('.tw-duel [data-raw]')].map((c) => c.dataset.raw)"
CHOSEN = "[...document.querySelectorAll('[data-control=challenge] option:checked')][0].textContent"
RUNS = f"{LIVE} && {AT} >= 0.1 && {AT} < 60"  # 60: what was recorded
SEEN = """() => { const { top } = document.querySelector(".tw-scene").getBoundingClientRect();
  return top >= 0 && top < innerHeight / 2; }"""


@pytest.fixture
def opened(chromium, host):
    """Open the cockpit, with a link's text or none; pages are closed in the end."""
    pages = []

    def visit(held=None, *, width=360):
        page = chromium.new_page(viewport={"width": width, "height": 740})
        pages.append(page)
        asked = engine_on(page)
        page.goto(f"{host}/cockpit.html" + (f"#cockpit={link(held)}" if held else ""))
        return page, widget_on(page, "cockpit"), asked

    yield visit
    for page in pages:
        page.close()


def choose(page, label):
    page.get_by_label("Challenge", exact=True).select_option(label=label)


def test_without_a_clipboard_the_link_is_there_to_be_copied(opened):
    page, _, _ = opened()
    page.add_init_script("delete Navigator.prototype.clipboard")  # as on plain http
    page.reload()
    button(page, "Share").click()
    said(page, "Copy the link")
    assert page.evaluate("getSelection().toString()") == page.url


def test_a_result_is_shared_as_a_link_and_scored_anew_where_it_is_opened(opened):
    page, element, _ = opened()
    unfold(element)
    choose(page, "Seventy billion parameters")
    assert button(page, "Share the result").get_attribute("aria-disabled") == "true"
    button(page, "Set it up").last.click()
    said(page, "It is set up, and runs above", SAYS)
    wait(page, RUNS)
    wait(page, SEEN)
    page.get_by_label("Weights", exact=True).select_option(label="fp8")
    page.locator("[data-control=speculation]").click()
    wait(page, f"(at) => {LIVE} && {AT} > at + 0.5", page.evaluate(AT))
    button(page, "Pause").click()
    button(page, "Score it").click()
    said(page, "less than the planner's plan", SAYS)
    shown = page.evaluate(NUMBERS)
    button(page, "Share the result").click()
    said(page, "the score computed again", SAYS)
    said(page, "less than the planner's plan", SAYS)  # it stays beside what is said of the link
    held = page.evaluate(SCRIPT)
    assert set(held) == {"seed", "changes", "at", "challenge"}  # and no score
    other, _, asked = opened(held)
    assert other.evaluate(CHOSEN) == "Seventy billion parameters"
    said(other, "its score is computed again", SAYS)
    assert other.get_by_label("Weights", exact=True).evaluate("e => e.selectedIndex") == 1
    assert other.locator("[data-control=speculation]").get_attribute("aria-checked") == "true"
    assert asked.questions == []  # nothing is believed, and nothing asked, before the reader does
    button(other, "Start").click()
    said(other, "less than the planner's plan", SAYS)
    assert other.evaluate(NUMBERS) == shown
    assert other.evaluate(AT) == held["at"]
    settings = asked.questions[-1]["settings"]
    assert settings == Settings.from_dict(settings).to_dict()
    found = score("seventy-billion", settings)
    assert [float(n) for n in shown[:2]] == [min(found["shares"]), found["usd_per_hour"]]


def test_a_verdict_stays_under_the_title_that_it_is_about(opened):
    page, element, asked = opened()
    unfold(element)
    page.locator("[data-control=prefix_caching]").click()
    button(page, "Start").click()
    wait(page, f"{LIVE} && {AT} >= 2 && {AT} < 60")
    tags = []

    def elsewhere(question):  # while Python computes, the reader looks at something else
        if question["ask"] == "score":
            tags.append(tag(page))
            choose(page, "A chat that is fast to read")
        if question["ask"] == "mission":
            page.get_by_role("button", name="Mission 2:").click()

    choose(page, "Long prompts, short answers")
    asked.before = elsewhere
    button(page, "Score it").click()
    wait(page, f"{LIVE} && !document.querySelector('.tw-tag').textContent.includes('computing')")
    assert tags == ["computing …"]
    assert page.locator(SAYS).last.text_content() == ""
    assert not page.locator(".tw-duel").is_visible()
    page.locator("[data-mission=prefix]").click()
    button(page, "Check").click()
    wait(page, "document.querySelector('[data-mission=prefix]').textContent === '✓ 3'")
    named = page.locator("[data-mission=prefix]").get_attribute("aria-label")
    assert named == "Mission 3: Prefix caching, passed"
    assert page.locator(SAYS).first.text_content() == ""


def test_a_run_ends_after_an_hour_and_says_so(opened):
    """Of a link the last minute is asked as frames; what was before is computed in pieces."""
    page, _, asked = opened(SLOW | {"at": 3598.5})
    button(page, "Start").click()
    wait(page, f"{LIVE} && {AT} === 3598.5")
    drives = [one for one in asked.questions if one["ask"] == "drive"]
    assert max(b["until"] - a["until"] for a, b in pairwise(drives)) <= 120
    assert sum(one["until"] > one["since"] for one in drives) == 1
    button(page, "Play").click()
    said(page, "A run is an hour at most")
    assert page.evaluate(AT) == 3600
    assert tag(page) == "paused"
    button(page, "Step").click()
    button(page, "Play").click()
    said(page, "A run is an hour at most")
    assert max(one["until"] for one in asked.questions) == 3600


def test_a_run_that_python_was_ended_in_goes_on_where_it_was(opened):
    page, _, asked = opened()
    button(page, "Start").click()
    wait(page, RUNS)
    asked.late = True
    said(page, "Python took longer than 60 seconds and was ended")
    assert "press Play, and it is computed again" in told(page)
    at = page.evaluate(AT)
    assert tag(page) == "paused"
    button(page, "Play").click()
    wait(page, f"(at) => {AT} > at + 0.5", at)
    assert asked.questions[-1]["script"] == asked.questions[0]["script"]


def test_a_death_is_told_and_a_switch_moves_before_python_has_answered(opened):
    page, _, asked = opened(width=1280)
    dies = button(page, "A replica dies")
    assert dies.get_attribute("aria-disabled") == "true"
    button(page, "Start").click()
    wait(page, RUNS)
    moved = []
    switch = page.locator("[data-control=prefix_caching]")
    asked.before = lambda _: moved.append((switch.get_attribute("aria-checked"), tag(page)))
    switch.click()
    wait(page, f"(at) => {LIVE} && {AT} > at", page.evaluate(AT))
    assert ("true", "computing …") in moved
    asked.before = lambda _: None
    dies.click()
    said(page, "Replica 1 died. What it had waits for it; it starts again, empty.")
    wait(page, "document.querySelector('.tw-state-restarting') !== null")
    assert dies.get_attribute("title") == "No replica is ready."
    assert dies.get_attribute("aria-disabled") == "true"
