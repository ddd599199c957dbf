"""SIM-15 in a browser: every number is the record's, lanes, tokens and stalls are to scale."""

from __future__ import annotations

from itertools import accumulate
from random import Random

import pytest
from widget_page import CUT_LISTS, RAW, TEXTS, WAYS, close, count_of, put, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.serving_pools import (
    COLUMNS,
    GRID,
    SHOWN_MS,
    shown_at,
    tabulated,
    transfer_seconds,
)

pytestmark = pytest.mark.browser
DRAWN = """(root) => {
  const at = (one, ...names) => names.map((name) => Number(one.getAttribute(name)));
  const svg = root.querySelector("svg");
  const boxes = [...svg.querySelectorAll("text")].map((one) => one.getBBox());
  const ends = boxes.map(({ x, width }) => x + width);
  return {
    lanes: [...root.querySelectorAll("[data-lane]")].map((one) => [one.dataset.lane,
      one.classList.contains("tw-lane-reads"), ...at(one, "x", "width")]),
    tokens: [...root.querySelectorAll("[data-token]")].map((one) => [one.dataset.token,
      ...at(one, "x1")]),
    stalls: [...root.querySelectorAll("[data-stall]")].map((one) => [one.dataset.stall,
      ...at(one, "x", "width")]),
    width: Number(svg.getAttribute("width")), right: Math.max(...ends), words: svg.textContent,
  };
}"""


@pytest.mark.parametrize("way", WAYS)
def test_it_shows_what_was_recorded(visit, way):
    element, random = widget_on(visit(way), "serving_pools"), Random(15)
    for _ in range(count_of(way, 60)):
        state = {name: random.choice(values) for name, values in GRID.items()}
        put(element, GRID, state)
        at = {name: value for name, value in state.items() if name != "way"}
        shown, want = dict(element.evaluate(RAW)), shown_at(**at)
        for each in GRID["way"]:
            for name in COLUMNS:
                raw, printed = shown[f"{name}-{each}"]
                assert close(raw, want[each][name])
                assert printed == kit.short_seconds(raw)
        story = element.evaluate(TEXTS)["tw-story"]
        for name in ("first", "gap", "gap_p99"):
            assert kit.short_seconds(want[state["way"]][name]) in story
        check_drawing(element.evaluate(DRAWN), want, state)


def check_drawing(drawn, want, state):
    pixels = (drawn["width"] - 16) / SHOWN_MS
    own = want[state["way"]]
    lanes = []
    for number, steps in enumerate(own["lanes"]):
        start = 0
        for what, end in steps:
            if what:
                wide = max(0.5, pixels * (end - start))
                lanes.append([str(number), what == 2, 2 + pixels * start, wide])
            start = end
    assert len(drawn["lanes"]) == len(lanes)
    for got, wanted in zip(drawn["lanes"], lanes, strict=True):
        assert got[:2] == wanted[:2]
        assert got[2:] == pytest.approx(wanted[2:], abs=0.01)
    for each in GRID["way"]:
        moments = list(accumulate(want[each]["tokens"]))
        seen = [2 + pixels * at for at in moments if at <= SHOWN_MS]
        assert [x for name, x in drawn["tokens"] if name == each] == pytest.approx(seen, abs=0.01)
        gaps = want[each]["tokens"][1:]
        longest = 1 + gaps.index(max(gaps))
        stalls = [[x, wide] for name, x, wide in drawn["stalls"] if name == each]
        if moments[longest] <= SHOWN_MS:
            span = [2 + pixels * moments[longest - 1], pixels * max(gaps)]
            assert stalls[0] == pytest.approx(span, abs=0.01)
        else:
            assert stalls == []
        assert f"longest gap {kit.short_seconds(want[each]['longest'])}" in drawn["words"]
    for share in own["busy"]:
        assert f"at work {kit.probability_text(share)} of the time" in drawn["words"]
    assert drawn["right"] <= drawn["width"]


@pytest.mark.parametrize("prompt", GRID["prompt_tokens"])
def test_the_cache_on_its_way_is_in_the_sentence(visit, prompt):
    element = widget_on(visit("http"), "serving_pools")
    put(element, GRID, {"way": "apart", "rate_per_s": 5, "prompt_tokens": prompt})
    seconds, over = kit.short_seconds(transfer_seconds(prompt)), tabulated()["link"]
    assert f"at least {seconds} on its way over {over}" in element.evaluate(TEXTS)["tw-story"]


def test_a_phone_cuts_neither_choices_nor_words(visit):
    element = widget_on(visit("http", width=360), "serving_pools")
    for way in GRID["way"]:
        state = {"way": way, "rate_per_s": 10, "prompt_tokens": 4000}
        put(element, GRID, state)
        assert element.evaluate(CUT_LISTS) == []
        check_drawing(element.evaluate(DRAWN), shown_at(rate_per_s=10, prompt_tokens=4000), state)


def test_the_keyboard_raises_the_load(visit):
    page = visit("http")
    element = widget_on(page, "serving_pools")
    slider = element.get_by_label("Requests")
    slider.focus()
    page.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") == "10/s"
    want = shown_at(rate_per_s=10, prompt_tokens=2000)
    assert close(dict(element.evaluate(RAW))["gap_p99-whole"][0], want["whole"]["gap_p99"])
