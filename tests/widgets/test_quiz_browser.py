"""The quiz in a browser: every option is explained, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from widget_page import HOSTILE, press, widget_on

from tokenworks.widgets.quiz import quizzes

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("way", ["http", "live"])  # from disk: the keyboard's test below
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


def test_words_that_look_like_markup_are_shown_as_they_are(visit):
    page = visit("hostile")
    element = widget_on(page, "quiz")
    assert element.locator("legend").text_content() == HOSTILE
    labels = element.locator("label").all_text_contents()
    assert labels == [f"{HOSTILE} {i}" for i in range(4)]
    element.get_by_role("radio").first.check()
    press(element, "Check")
    assert element.locator(".tw-feedback").text_content() == f"Right. {HOSTILE}"
    assert page.evaluate("window.hit") is None


def test_without_javascript_they_are_text_too(visit):
    page = visit("hostile", java_script_enabled=False)
    asked = page.locator("[data-widget=quiz] .tw-fallback > p").text_content()
    assert asked == HOSTILE
    assert page.locator("[data-widget=quiz] details p").first.text_content() == f"Right. {HOSTILE}"
    assert page.locator("[data-widget=quiz] b").count() == 0


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
