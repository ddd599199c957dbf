"""The ladders in a browser: each question, answer and reason is what Python says."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import TEXTS, WAYS, count_of, put, widget_on

from tokenworks.planner.questions import QUESTIONS, SPREAD
from tokenworks.widgets.choices import GRID, shown_at

pytestmark = pytest.mark.browser
DRAWN = """(root) => [...root.querySelectorAll(".tw-rung")].map((one) => ({
  question: one.querySelector(".tw-question").textContent,
  why: one.querySelector(".tw-why").textContent,
  taken: one.classList.contains("tw-taken"),
}))"""


@pytest.mark.parametrize("way", WAYS)
def test_it_shows_what_python_says(visit, way):
    element, random = widget_on(visit(way), "choices"), Random(4)
    for _ in range(count_of(way, 60)):
        state = {name: random.choice(values) for name, values in GRID.items()}
        put(element, GRID, state)
        found, drawn = shown_at(**state), element.evaluate(DRAWN)
        story = element.evaluate(TEXTS)["tw-story"]
        if isinstance(found, str):
            assert drawn == []
            assert story.endswith(found)
            continue
        said = [(f"{QUESTIONS[rung.name]} {rung.answer}", rung.why) for rung in found]
        assert [(one["question"], one["why"]) for one in drawn] == said
        taken = [found[i] for i, one in enumerate(drawn) if one["taken"]]
        assert len(taken) <= 1
        holds = taken[0].answer if taken else "nothing"
        assert ("one chip" if holds == "yes" else holds) in story
        assert all(rung in found[: len(SPREAD)] for rung in taken)


def test_the_keyboard_takes_more_users(visit):
    page = visit("http")
    element = widget_on(page, "choices")
    slider = element.get_by_label("Users at once")
    slider.focus()
    page.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") == "128"
    assert "128 users" in element.evaluate(TEXTS)["tw-story"]
