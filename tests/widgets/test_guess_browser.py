"""A guess in a browser: locked in, kept, answered on one axis, and in words."""

from __future__ import annotations

import pytest
from widget_page import press, widget_on

from tokenworks.widgets.guess import slider_values
from tokenworks.widgets.kit import off_text
from tokenworks.widgets.reveal import axis_place

pytestmark = pytest.mark.browser
VALUES, TRUTH = slider_values(1, 1000), 30
NO_STORAGE = """() => {
  Storage.prototype.getItem = Storage.prototype.setItem = () => { throw new Error("full"); };
}"""
CENTRES = """(root) => Object.fromEntries([...root.querySelectorAll(".tw-spot")].map((mark) => {
  const axis = root.querySelector(".tw-span").getBoundingClientRect();
  const dot = parseFloat(getComputedStyle(mark, "::before").left);
  return [mark.className.replace("tw-spot tw-", ""), dot / axis.width];
}))"""


def slide(element, value):
    element.evaluate(
        """(root, at) => { const slider = root.querySelector("input[type=range]");
        slider.value = at; slider.dispatchEvent(new Event("input")); }""",
        VALUES.index(value),
    )


@pytest.fixture
def opened(visit):
    """Open a page whose browser keeps nothing yet, and forget what the test made it keep."""
    pages = []

    def open_page(way, **options):
        pages.append(visit(way, **options))
        return pages[-1]

    yield open_page
    for page in pages:
        page.evaluate("localStorage.clear()")


@pytest.mark.parametrize("way", ["http", "file", "live"])
def test_a_guess_is_answered_on_its_own_axis(opened, way):
    page = opened(way)
    answer = widget_on(page, "reveal")
    assert "You have not guessed yet." in answer.inner_text()
    assert answer.locator("a").get_attribute("href") == "#guess-test-fit"
    assert answer.locator(".tw-span").count() == 0
    question = widget_on(page, "guess")
    for value in (1, 13, 28, 32, 100, 1000):
        slide(question, value)
        press(question, "Lock it in")
        assert question.locator("input").is_disabled()
        said = answer.locator(".tw-story").text_content()
        assert said == f"It is 30 conversations. Your guess is {off_text(value, TRUTH)}."
        centres = answer.evaluate(CENTRES)
        assert centres["guessed"] == pytest.approx(axis_place(value, VALUES), abs=0.005)
        assert centres["truth"] == pytest.approx(axis_place(TRUTH, VALUES), abs=0.005)
        shown = answer.locator(".tw-guessed").text_content()
        assert shown == f"your guess: {value:,} conversation{'' if value == 1 else 's'}"
        press(question, "Change it")


@pytest.mark.parametrize("way", ["http", "file"])
def test_a_guess_is_kept_in_the_browser_until_it_is_changed(opened, way):
    page = opened(way)
    question = widget_on(page, "guess")
    slide(question, 100)
    page.reload()
    assert not widget_on(page, "guess").locator("input").is_disabled(), "it was not locked in"
    question = widget_on(page, "guess")
    slide(question, 100)
    press(question, "Lock it in")
    page.reload()
    question = widget_on(page, "guess")
    assert question.locator("output").text_content() == "100 conversations"
    assert question.locator("input").is_disabled()
    assert "3.3 times too high" in widget_on(page, "reveal").inner_text()
    press(question, "Change it")
    assert "You have not guessed yet." in widget_on(page, "reveal").inner_text()


def test_a_browser_that_stores_nothing_keeps_the_guess_for_the_page(opened):
    page = opened("http")
    page.evaluate(NO_STORAGE)
    question = widget_on(page, "guess")
    slide(question, 10)
    press(question, "Lock it in")
    assert "3 times too low" in widget_on(page, "reveal").inner_text()


def test_the_answer_can_be_seen_without_a_guess_and_by_keyboard(opened):
    page = opened("http")
    answer = widget_on(page, "reveal")
    answer.get_by_role("button", name="Show the answer").focus()
    page.keyboard.press("Enter")
    assert answer.locator(".tw-story").text_content() == "It is 30 conversations."
    assert set(answer.evaluate(CENTRES)) == {"truth"}
    question = widget_on(page, "guess")
    question.get_by_label("Your guess").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert question.locator("output").text_content() == "890 conversations"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Change it"
    assert "30 times too high" in answer.inner_text()


def test_python_sees_the_guess_and_sets_it(opened):
    page = opened("live")
    question = widget_on(page, "guess")
    slide(question, 40)
    press(question, "Lock it in")
    assert page.evaluate("models.guess.get('state')") == {"value": 40, "locked": True}
    page.evaluate("models.guess.set('state', {value: 500, locked: true})")
    assert question.locator("output").text_content() == "500 conversations"
    page.evaluate("models.reveal.set('state', {guess: 500})")
    assert "17 times too high" in widget_on(page, "reveal").inner_text()


def test_without_javascript_the_question_stands_and_the_answer_is_folded(visit):
    page = visit("http", java_script_enabled=False)
    asked = page.locator("[data-widget=guess] .tw-fallback")
    assert asked.inner_text() == (
        "How many of them fit? Somewhere from 1 conversation to 1,000 conversations."
    )
    answer = page.locator("[data-widget=reveal] details")
    assert answer.locator("summary").inner_text() == "How many of them fit?"
    assert not answer.locator("p").is_visible()
    answer.locator("summary").click()
    assert answer.locator("p").inner_text() == "30 conversations"
