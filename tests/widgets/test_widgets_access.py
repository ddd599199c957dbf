"""Widgets for everyone: keyboard, small screen, dark, still, without JavaScript, loaded late."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from widget_page import RAW, WAYS, press, set_control, widget_on

from tokenworks.widgets.decode_loop import recorded
from tokenworks.widgets.lifecycle import GRID
from tokenworks.widgets.quiz import quizzes

pytestmark = pytest.mark.browser
NAMES = ["lifecycle", "decode_loop", "kv_growth", "phases", "memory_levels", "roofline"]
NAMES += ["tradeoff", "latency", "batching", "schedule_puzzle", "tiling", "tile_puzzle"]
NAMES += ["block_table", "page_puzzle", "quiz"]


@pytest.mark.parametrize("way", WAYS)
def test_quiz_explains_each_option(visit, way):
    element = widget_on(visit(way), "quiz")
    feedback = element.locator(".tw-feedback")
    assert feedback.get_attribute("aria-live") == "polite"
    assert element.get_by_role("button", name="Check").is_disabled()
    for option in quizzes()["QUIZ-01"]["options"]:
        element.get_by_label(option["text"]).check()
        assert feedback.inner_text() == ""
        press(element, "Check")
        said = feedback.inner_text()
        assert option["why"] in said
        assert said.startswith("Right." if option.get("right") else "No.")


def test_quiz_works_from_the_keyboard(visit):
    page = visit("file")
    element = widget_on(page, "quiz")
    element.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert element.locator(".tw-feedback").inner_text().startswith("Right.")


def test_sliders_and_buttons_work_from_the_keyboard(visit):
    page = visit("file")
    element = widget_on(page, "decode_loop")
    temperatures = recorded()["grid"]["temperature"]
    slider = element.get_by_label("Temperature")
    slider.focus()
    page.keyboard.press("ArrowRight")
    later = temperatures[temperatures.index(1.0) + 1]
    assert slider.get_attribute("aria-valuetext") == f"{later:.1f}"
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "0.0"
    for _ in range(5):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Step"
    page.keyboard.press("Space")
    assert element.locator(".tw-said").count() == 2


def test_every_control_has_a_name(visit):
    page = visit("http")
    for name in NAMES:
        element = widget_on(page, name)
        for control in element.locator("input, select, button").all():
            assert control.evaluate("c => c.labels?.[0]?.textContent || c.textContent").strip()


@pytest.mark.parametrize("way", WAYS)
def test_nothing_overflows_at_360_pixels(visit, way):
    page = visit(way, width=360)
    for name in NAMES:
        element = widget_on(page, name)
        assert element.evaluate("e => e.scrollWidth <= e.clientWidth"), name
        right = (
            "e => Math.max(...[...e.querySelectorAll('*:not(.tw-pill)')]"
            ".map(c => c.getBoundingClientRect().right))"
        )
        assert element.evaluate(right) <= 360, name
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_targets_are_large_enough_for_a_finger(visit):
    page = visit("http", width=360)
    for name in NAMES:
        element = widget_on(page, name)
        heights = element.evaluate(
            "e => [...e.querySelectorAll('button, select, input[type=range], .tw-option')]"
            ".map(c => c.getBoundingClientRect().height)"
        )
        assert min(heights) >= 44, name


def channels(colour):
    return [int(part) for part in re.findall(r"\d+", colour)[:3]]


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_follows_the_reader_into_the_dark(visit, scheme, dark):
    page = visit("http", color_scheme=scheme)
    for name in NAMES:
        style = widget_on(page, name).evaluate(
            "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
        )
        paper, ink = (sum(channels(colour)) for colour in style)
        assert (paper < ink) == dark, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_audit_finds_nothing(visit, scheme):
    page = visit("http", color_scheme=scheme, reduced_motion="reduce")
    for name in NAMES:
        widget_on(page, name)
    press(page.locator("[data-widget=lifecycle]"), "To the end")
    page.get_by_label("Tokens come one after the other").check()
    page.get_by_role("button", name="Check").click()
    found = Axe().run(page, context=".tw-widget").response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []


def test_without_motion_it_steps_and_jumps_but_never_plays(visit):
    page = visit("http", reduced_motion="reduce")
    element = widget_on(page, "lifecycle")
    assert element.get_by_role("button", name="Play", exact=True).count() == 0
    press(element, "Step")
    pill = element.locator(".tw-pill").first
    assert pill.evaluate("e => getComputedStyle(e).animationName") == "none"
    set_control(element, "output_tokens", GRID["output_tokens"], value=8)
    press(element, "Reset")
    press(element, "To the end")
    assert dict(element.evaluate(RAW))["tokens"] == [8, "8"]
    loop = widget_on(page, "decode_loop")
    press(loop, "To the end")
    assert loop.get_by_role("button", name="Step").is_disabled()


def test_without_javascript_the_tables_remain(visit):
    page = visit("http", java_script_enabled=False)
    assert page.locator("[data-widget=lifecycle] table tbody tr").count() == 6
    assert page.locator("[data-widget=decode_loop] table tbody tr").count() == 8
    assert page.locator("[data-widget=quiz] details").count() == 4


def test_large_data_waits_until_the_widget_is_near(visit, folder):
    assert '"gaps"' not in (folder / "index.html").read_text(encoding="utf-8")
    page = visit("file", width=800)
    page.set_viewport_size({"width": 800, "height": 300})
    page.reload()
    page.wait_for_selector("[data-widget=lifecycle][data-ready]")
    far = "!document.querySelector('script[src*=data-decode_loop]')"
    assert page.evaluate(far)
    widget_on(page, "decode_loop")
    assert not page.evaluate(far)


def test_state_goes_to_python_and_comes_back(visit):
    page = visit("live")
    element = widget_on(page, "decode_loop")
    press(element, "Step")
    assert len(page.evaluate("window.saved.state.path")) == 1
    page.evaluate(
        "models.decode_loop.set('state', {...models.decode_loop.get('state'), temperature: 0})"
    )
    assert element.get_by_label("Temperature").get_attribute("aria-valuetext") == "0.0"
    assert element.locator("[data-cell=after-1]").text_content() == "100.0 %"
    quiz = widget_on(page, "quiz")
    page.evaluate("models.quiz.set('state', {choice: 2})")
    assert quiz.locator(".tw-feedback").inner_text().startswith("Right.")
    assert quiz.get_by_role("radio").nth(2).is_checked()


def test_two_copies_of_a_module_share_no_id(visit):
    page = visit("live")
    widget_on(page, "quiz")
    ids = page.evaluate("""async () => {
      const { default: again } = await import("./quiz.mjs?again");
      const el = document.body.appendChild(document.createElement("div"));
      again.render({ model: models.quiz, el });
      const inputs = [...document.querySelectorAll("input[type=radio]")];
      return [inputs.map(({ id }) => id), inputs.map(({ name }) => name)];
    }""")
    assert len(set(ids[0])) == 8
    assert len(set(ids[1])) == 2
