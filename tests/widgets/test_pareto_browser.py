"""The frontier in a browser: every number is Python's, and the dots stand where they say."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, TEXTS, WAYS, close, count_of, put, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.pareto import GRID, shown_at, tabulated, usd_text

pytestmark = pytest.mark.browser
TEXT = {
    "expected": kit.seconds_text,
    "floor": kit.seconds_text,
    "usd": usd_text,
    "floor_usd": usd_text,
    "rate": lambda rate: kit.count_text(float(f"{rate:.1f}")),
    "held": kit.bytes_text,
}
DRAWN = """(root) => {
  const at = (css) => [...root.querySelectorAll(css)].map((one) =>
    ["cx", "cy"].map((name) => Number(one.getAttribute(name))));
  const line = root.querySelector(".tw-front");
  return {
    ways: at("[data-way]"), best: at("[data-best]"), chosen: at("[data-chosen]")[0],
    floor: at("[data-floor]")[0], misfit: root.querySelectorAll(".tw-misfit").length,
    line: line ? line.getAttribute("points").split(" ").length : 0,
    width: Number(root.querySelector("svg").getAttribute("width")),
  };
}"""


@pytest.mark.parametrize("way", WAYS)
def test_it_shows_what_python_says(visit, way):
    element, random = widget_on(visit(way), "pareto"), Random(15)
    seen = set()
    for _ in range(count_of(way, 60)):
        state = {name: random.choice(values) for name, values in GRID.items()}
        put(element, GRID, state)
        shown, want = dict(element.evaluate(RAW)), shown_at(**state)
        for name, text in TEXT.items():
            assert close(shown[name][0], want[name]), (name, state)
            assert shown[name][1] == text(want[name]), (name, state)
        seen.add(check_story(element, want, state))
        check_drawing(element.evaluate(DRAWN), want, state)
    assert seen == {"misfit", "best", "beaten"} or way != "http"


def best_at(state):
    context = GRID["context_tokens"].index(state["context_tokens"])
    found = tabulated()["best"][state["formats"]][context]
    return [(GRID["shape"][i], GRID["batch"][j]) for i, j in found]


def check_story(element, want, state):
    texts = element.evaluate(TEXTS)
    story = texts["tw-story"]
    label = element.evaluate("e => e.querySelector('svg').getAttribute('aria-label')")
    assert label.endswith(story)
    assert tabulated()["prices"][state["price"]]["said"] in texts["tw-note"]
    if not want["fits"]:
        assert story.startswith("Does not fit")
        assert kit.bytes_text(want["held"]) in story
        return "misfit"
    assert story.startswith("Fits.")
    best = best_at(state)
    if (state["shape"], state["batch"]) in best:
        assert "No other way in these formats" in story
        return "best"
    rest = {"context_tokens": state["context_tokens"], "price": state["price"]}
    ways = [(one, shown_at(state["formats"], one[0], batch=one[1], **rest)) for one in best]
    (shape, batch), better = next(
        (one, found)
        for one, found in ways
        if found["expected"] <= want["expected"] and found["usd"] <= want["usd"]
    )
    assert f" {'An' if shape == '8x8' else 'A'} {shape} with {batch} at once" in story
    assert usd_text(better["usd"]) in story
    return "beaten"


def check_drawing(drawn, want, state):
    rest = {"context_tokens": state["context_tokens"], "price": state["price"]}
    all_ways = [
        shown_at(state["formats"], shape, batch=batch, **rest)
        for shape in GRID["shape"]
        for batch in GRID["batch"]
    ]
    fitting = sum(found["fits"] for found in all_ways)
    best = best_at(state)
    assert len(drawn["ways"]) == fitting
    assert len(drawn["best"]) == len(best)
    assert drawn["line"] == (len(best) if len(best) > 1 else 0)
    assert drawn["misfit"] == (not want["fits"])
    for x, y in (drawn["chosen"], drawn["floor"], *drawn["ways"]):
        assert 46 <= x <= drawn["width"] - 12
        assert 24 <= y <= 290
    assert drawn["floor"][0] <= drawn["chosen"][0]
    assert drawn["floor"][1] >= drawn["chosen"][1]
    if (state["shape"], state["batch"]) in best:
        place = drawn["best"][best.index((state["shape"], state["batch"]))]
        assert drawn["chosen"] == pytest.approx(place)


def test_the_keyboard_takes_more_sequences(visit):
    page = visit("http")
    element = widget_on(page, "pareto")
    slider = element.get_by_label("Sequences at once")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "64"
    page.keyboard.press("End")
    assert element.evaluate(TEXTS)["tw-story"].startswith("Does not fit")
