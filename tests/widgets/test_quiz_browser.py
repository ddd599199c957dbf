"""The quiz in a browser: every option is explained, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from widget_page import press, widget_on

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
