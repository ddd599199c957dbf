"""SIM-03: every number on screen equals the Python function's, on the site and live."""

from __future__ import annotations

import re
from random import Random

import pytest
from widget_page import RAW, TEXTS, WAYS, close, count_of, put, set_control, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.phases import GRID, shown_at, tabulated

pytestmark = pytest.mark.browser

COUNTERS = {
    "expected_ttft_seconds": ("expected_prefill_seconds", kit.seconds_text),
    "expected_tpot_seconds": ("expected_tpot_seconds", kit.seconds_text),
    "expected_total_seconds": ("expected_total_seconds", kit.seconds_text),
    "ttft_seconds": ("prefill_seconds", kit.seconds_text),
    "tpot_seconds": ("tpot_seconds", kit.seconds_text),
    "total_seconds": ("total_seconds", kit.seconds_text),
}
DRAWN = """(root) => ({
  visible: [...root.querySelectorAll(".tw-phases, .tw-lanes")].every((one) => one.clientHeight > 0),
  ...Object.fromEntries([...root.querySelectorAll("[data-phase]")].map((block) =>
    [block.dataset.phase, block.style.width])),
})"""


@pytest.mark.parametrize("way", WAYS)
def test_phases_show_what_python_says(visit, way):
    element, random = widget_on(visit(way), "phases"), Random(4)
    seen = set()
    for _ in range(count_of(way, 60)):
        state = {name: random.choice(values) for name, values in GRID.items()}
        put(element, GRID, state)
        shown, want = dict(element.evaluate(RAW)), shown_at(**state)
        seen.add(want is not None)
        for name, (key, text) in COUNTERS.items():
            value = want[key] if want else 0
            assert close(shown[name][0], value), (name, state)
            assert shown[name][1] == (text(value) if value else "–"), (name, state)
        drawn = element.evaluate(DRAWN)
        assert drawn["visible"]
        if want:
            check_panels(drawn, want, shown)
            check_words(element, want, state)
        else:
            assert set(drawn) == {"visible"}, "no block stands for what does not fit"
            assert set(shown) == set(COUNTERS), "no panel keeps a number of what was shown before"
    assert seen == {True, False} or way != "http"


def check_panels(drawn, want, shown):
    for phase in ("prefill", "decode"):
        assert shown[f"{phase}_seconds"] == [
            want[f"{phase}_seconds"],
            kit.seconds_text(want[f"{phase}_seconds"]),
        ]
        for kind in ("compute", "bandwidth"):
            share = want[f"{phase}_{kind}"]
            assert shown[f"{phase}_{kind}"] == [share, kit.probability_text(share)]
        part = want[f"{phase}_seconds"] / want["total_seconds"]
        assert float(drawn[phase].strip("%")) == pytest.approx(100 * part, rel=1e-3, abs=1e-3)


def check_words(element, want, state):
    texts = element.evaluate(TEXTS)
    label, chip = tabulated()["models"][state["model"]], tabulated()["chips"][state["chip"]]
    count = kit.count_text(want["chips"])
    assert texts["tw-story"].startswith(f"{label} in bf16 on {count} × {chip}, ")
    assert tabulated()["errors"][state["chip"]] in element.text_content()
    limited = {True: "limited by arithmetic", False: "limited by reading memory"}
    for phase in ("prefill", "decode"):
        busy = want[f"{phase}_compute"] >= want[f"{phase}_bandwidth"]
        said = texts[f"{phase}_limit"]
        assert said == limited[busy] or (not want[f"{phase}_seconds"] and "nothing left" in said)
    tokens = kit.count_text(state["prompt_tokens"] * state["batch"])
    assert texts["prefill_passes"] == f"1 pass over {tokens} tokens"
    steps, users = state["output_tokens"] - 1, state["batch"]
    passes = f"{kit.count_text(steps)} pass{'' if steps == 1 else 'es'}"
    each = f"{kit.count_text(users)} token{'' if users == 1 else 's'}"
    assert texts["decode_passes"] == f"{passes} over {each}"


def test_phases_says_what_does_not_fit(visit):
    element = widget_on(visit("file"), "phases")
    much = {"model": "llama-3-405b", "chip": "tpu-v5e", "batch": 512, "prompt_tokens": 32768}
    put(element, GRID, much)
    story = element.evaluate(TEXTS)["tw-story"]
    assert "with 512 sequences of 32,967 tokens does not fit" in story
    assert element.locator(".tw-axis").text_content() == "does not fit–"
    assert not re.search(r"\d", element.locator(".tw-phases").text_content())
    height = element.bounding_box()["height"]
    put(element, GRID, {"batch": 1, "prompt_tokens": 128})
    assert element.locator(".tw-axis").text_content().startswith("0 s")
    assert element.bounding_box()["height"] == pytest.approx(height, abs=2), "nothing below moves"


def test_phases_draws_a_tick_for_each_step_while_they_can_be_told_apart(visit):
    element = widget_on(visit("file"), "phases")
    block = element.locator(".tw-block.tw-decode")
    for tokens, ticked in ((50, True), (200, False), (1, False)):
        set_control(element, "output_tokens", GRID["output_tokens"], value=tokens)
        assert ("tw-ticked" in block.get_attribute("class")) == ticked
    assert element.evaluate(TEXTS)["decode_limit"].startswith("nothing left to do")


def test_phases_work_from_the_keyboard(visit):
    page = visit("http")
    element = widget_on(page, "phases")
    element.get_by_label("Prompt tokens").focus()
    page.keyboard.press("End")
    want = shown_at(
        model="llama-3-70b", chip="a100-80gb", prompt_tokens=32768, output_tokens=200, batch=1
    )
    assert close(dict(element.evaluate(RAW))["ttft_seconds"][0], want["prefill_seconds"])
