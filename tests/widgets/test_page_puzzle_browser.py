"""The paging puzzle in a browser: its legal moves and its score are those of the Python rules."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, WAYS, count_of, hurry, press, put, set_control, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.hand_placement import Play, pages_for
from tokenworks.widgets.page_puzzle import PAGES, TRACES, tabulated

pytestmark = pytest.mark.browser
PLAYS = 20
CHOICES = {"puzzle": list(TRACES), "page": PAGES}
# Tries places until one is allowed, as told; after each move, what is said and what is shown.
PLAY = """(root, tries) => {
  const named = (name) => [...root.querySelectorAll("button")].find((b) => b.textContent === name);
  const slider = root.querySelector("[data-control=cell]");
  const raw = (name) => Number(root.querySelector(`[data-counter=${name}]`).dataset.raw);
  named("Start over").click();
  return tries.map((cell) => {
    if (cell !== null) {
      slider.value = cell;
      slider.dispatchEvent(new Event("input"));
    }
    const able = named("Place").ariaDisabled !== "true";
    const why = named("Place").title;
    named(cell !== null && able ? "Place" : "Turn away").click();
    const entries = root.querySelector("[data-counter=entries]").textContent;
    return { able, why, total: raw("total"), free: raw("free"), entries };
  });
}"""


def check_play(element, trace, page, *, tries):
    """Play it, and compare each move with the rules."""
    play = Play(trace, page)
    for got, move in zip(element.evaluate(PLAY, tries), tries, strict=True):
        if move is not None:
            reason = play.refusal(move)
            assert (got["able"], got["why"]) == (not reason, reason)
            move = None if reason else move if page is None else 0
        play = play.after(move)
        assert got["total"] == play.total
        if not play.done:
            tokens = [trace.stays[i].tokens for i, _ in play.held]
            taken = tokens if page is None else [page * pages_for(n, page) for n in tokens]
            assert got["free"] == trace.cells - sum(taken)
            left = "–" if page is None else str(trace.entries - sum(taken) // page)
            assert got["entries"] == left
    return play


@pytest.mark.parametrize("way", WAYS)
def test_legal_moves_and_score_are_pythons(visit, way):
    element, random = widget_on(visit(way), "page_puzzle"), Random(1)
    for i in range(count_of(way, PLAYS)):
        name, page = random.choice(list(TRACES)), PAGES[i % len(PAGES)]
        put(element, CHOICES, {"puzzle": name, "page": page})
        tries = [random.choice([None, *range(16), *range(16)]) for _ in TRACES[name].stays]
        tries = [0 if page and move is not None else move for move in tries]
        play = check_play(element, TRACES[name], page, tries=tries)
        best = tabulated()["puzzles"][name]["best"][PAGES.index(page)]
        said = element.locator("[aria-live]").text_content()
        assert ("at the optimum" in said) == (play.total == best)
        if play.total != best:
            assert f"Your score: {kit.probability_text(play.total / best)}." in said
        shown = dict(element.evaluate(RAW))[f"yours-{PAGES.index(page)}"]
        assert shown == [play.total, kit.count_text(play.total)]


def test_the_optimum_is_shown_to_those_who_finished(visit):
    element = widget_on(visit("file"), "page_puzzle")
    for name, trace in TRACES.items():
        for page in (None, 2):
            put(element, CHOICES, {"puzzle": name, "page": page})
            assert element.get_by_role("button", name="Optimum").is_disabled()
            hurry(element, "Turn away", len(trace.stays))
            press(element, "Optimum")
            said = element.locator("[aria-live]").text_content()
            assert said.startswith("All decided at the optimum")
            press(element, "Back")
            assert element.get_by_role("button", name="Turn away").is_enabled()


def test_the_keyboard_places_and_a_clash_says_why(visit):
    page = visit("http")
    element = widget_on(page, "page_puzzle")
    place = element.get_by_role("button", name="Place")
    place.focus()
    page.keyboard.press("Enter")
    assert "It cannot go in at cell 1: in the way of A." in element.inner_text()
    assert place.is_disabled()
    element.get_by_label("First cell").focus()
    page.keyboard.press("End")
    assert "It cannot go in at cell 16: beyond the last cell." in element.inner_text()
    page.keyboard.press("ArrowLeft")
    assert place.is_enabled()
    set_control(element, "page", PAGES, value=4)
    assert element.get_by_label("First cell").is_disabled()
