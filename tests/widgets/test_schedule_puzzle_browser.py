"""The puzzle in a browser: its legal moves and its score are those of the Python rules."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import TEXTS, WAYS, count_of, press, set_control, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.hand_schedule import position
from tokenworks.widgets.schedule_puzzle import TRACES, tabulated

pytestmark = pytest.mark.browser
PLAYS = 20
# Clicks through a play; after each click, whether each request may start, and the numbers.
PLAY = """(root, moves) => {
  const named = (name) => [...root.querySelectorAll("button")].find((b) => b.textContent === name);
  named("Start over").click();
  return moves.map((move) => {
    (move === null ? named("Run a step") : root.querySelector(`[data-job="${move}"]`)).click();
    const jobs = [...root.querySelectorAll("[data-job]")];
    const raw = (name) => root.querySelector(`[data-counter=${name}]`).dataset.raw;
    return {
      able: jobs.map((job) => job.getAttribute("aria-disabled") === "false"),
      says: jobs.map((job) => job.querySelector("small").textContent),
      numbers: ["now", "slots", "blocks"].map((name) => Number(raw(name))),
      total: Number(root.querySelector("svg").dataset.total), mean: raw("total"),
    };
  });
}"""


def play(trace, random):
    """Draw a whole play of legal moves, and what the rules say after each."""
    at, moves, seen = position(trace, []), [], []
    while not at.done:
        able = [i for i in range(len(trace.jobs)) if not at.refusal(i)]
        move = random.choice([*able, None])
        at = at.after(move)
        moves.append(move)
        seen.append(at)
    return moves, seen


@pytest.mark.parametrize("way", WAYS)
def test_legal_moves_and_score_are_pythons(visit, way):
    element, random = widget_on(visit(way), "schedule_puzzle"), Random(1)
    for i in range(count_of(way, PLAYS)):
        name = list(TRACES)[i % 3]
        set_control(element, "puzzle", TRACES, value=name)
        moves, seen = play(TRACES[name], random)
        for got, at in zip(element.evaluate(PLAY, moves), seen, strict=True):
            jobs = range(len(at.trace.jobs))
            assert got["able"] == [not at.refusal(job) for job in jobs]
            for job in jobs:
                if at.starts[job] is None:
                    assert got["says"][job] == (at.refusal(job) or "waits")
            assert got["numbers"] == [at.now, *at.free]
            assert got["total"] == at.total
            assert got["mean"] == (str(at.total) if at.done else "")
        check_score(element, name, seen[-1].total)


def check_score(element, name, total):
    best, jobs = tabulated()["puzzles"][name]["totals"]["optimum"], len(TRACES[name].jobs)
    story = element.evaluate(TEXTS)["tw-story"]
    assert kit.count_text(total / jobs) in story
    assert ("at the optimum" in story) == (total == best)
    if total != best:
        assert f"Your score: {kit.probability_text(best / total)}." in story


def test_the_optimum_is_shown_to_those_who_finished(visit):
    element = widget_on(visit("file"), "schedule_puzzle")
    for name, trace in TRACES.items():
        set_control(element, "puzzle", TRACES, value=name)
        assert element.get_by_role("button", name="Optimum").is_disabled()
        element.evaluate(PLAY, play(trace, Random(3))[0])
        press(element, "Optimum")
        assert "All done at the optimum" in element.evaluate(TEXTS)["tw-story"]
        press(element, "Back")
        assert element.get_by_role("button", name="Run a step").is_enabled()


def test_what_may_not_start_says_why_and_the_focus_stays(visit):
    page = visit("http")
    element = widget_on(page, "schedule_puzzle")
    for job in ("A", "B", "C"):
        element.locator(f"[data-job='{'ABC'.index(job)}']").focus()
        page.keyboard.press("Enter")
        focused = page.evaluate("document.activeElement.querySelector('b').textContent")
        assert focused == job
    assert element.evaluate(TEXTS)["tw-story"] == "C cannot start: no slot is free."
    element.get_by_role("button", name="Run a step").focus()
    page.keyboard.press("Space")
    assert element.evaluate(TEXTS)["tw-story"].startswith("After 1 step: 0 slots and 6 blocks")


def test_a_refusal_is_forgotten_when_python_changes_the_moves(visit):
    page = visit("live")
    element = widget_on(page, "schedule_puzzle")
    element.evaluate(PLAY, [0, 1, 2])
    assert element.evaluate(TEXTS)["tw-story"] == "C cannot start: no slot is free."
    page.evaluate(
        "models.schedule_puzzle.set('state', {...models.schedule_puzzle.get('state'), moves: []})"
    )
    assert element.evaluate(TEXTS)["tw-story"].startswith("After 0 steps: 2 slots")
