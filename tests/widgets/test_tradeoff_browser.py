"""SIM-07 in a browser: every number is Python's, and the chart stands where its numbers say."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, TEXTS, WAYS, close, count_of, put, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.deployments import LABELS
from tokenworks.widgets.tradeoff import GRID, axis_top, shown_at, tabulated

pytestmark = pytest.mark.browser
TEXT = {
    "batch": kit.count_text,
    "rate": kit.count_text,
    "tpot": kit.seconds_text,
    "floor": kit.seconds_text,
    "floor_batch": kit.count_text,
    "limit": kit.count_text,
}
DRAWN = """(root) => {
  const at = (css, names) => [...root.querySelectorAll(css)].map((one) =>
    names.map((name) => Number(one.getAttribute(name))));
  return {
    rate: at(".tw-rate-dot", ["cx", "cy"])[0], tpot: at(".tw-tpot-dot", ["cx", "cy"])[0],
    wall: at(".tw-wall", ["x", "width"])[0], slo: at(".tw-slo", ["y1", "y2"])[0],
    zone: root.querySelector(".tw-zone")?.getAttribute("points").split(" ").at(-1),
    faint: root.querySelectorAll(".tw-forbidden").length,
    floors: root.querySelectorAll(".tw-floor-line").length,
    width: Number(root.querySelector("svg").getAttribute("width")),
  };
}"""


@pytest.mark.parametrize("way", WAYS)
def test_tradeoff_shows_what_python_says(visit, way):
    element, random = widget_on(visit(way), "tradeoff"), Random(7)
    seen = set()
    for _ in range(count_of(way, 60)):
        state = {name: random.choice(values) for name, values in GRID.items()}
        put(element, GRID, state)
        shown, want = dict(element.evaluate(RAW)), shown_at(**state)
        for name, text in TEXT.items():
            assert close(shown[name][0], want[name]), (name, state)
            empty = not want["batch"] and name not in ("limit", "floor_batch")
            assert shown[name][1] == ("–" if empty else text(want[name])), (name, state)
        seen.add(check_story(element, want, state))
        assert tabulated()["errors"][state["deployment"]] in element.evaluate(TEXTS)["tw-note"]
        check_drawing(element.evaluate(DRAWN), want, state)
    assert seen == {"No batch", "The SLO", "Memory"} or way != "http"


def check_story(element, want, state):
    kind = "The SLO" if want["batch"] < want["limit"] else "Memory"
    kind = kind if want["batch"] else "No batch"
    story = element.evaluate(TEXTS)["tw-story"]
    assert story.startswith(kind)
    assert f"{state['slo_ms']} ms" in story
    by_floor = f"By the floor it would be {want['floor_batch']:,}."
    assert (by_floor in story) == (want["floor_batch"] > want["batch"])
    label = element.evaluate("e => e.querySelector('svg').getAttribute('aria-label')")
    assert label.endswith(f"{LABELS[state['deployment']]}. {story}")
    return kind


def check_drawing(drawn, want, state):
    """Dots, wall and SLO line stand at their values on two axes that end at round numbers."""
    curve = tabulated()["curves"][state["deployment"]]
    curve = curve[GRID["context_tokens"].index(state["context_tokens"])]
    rates = (b / t for b, t in zip(curve["batches"], curve["floor"], strict=True))
    tpot_top = axis_top(max(1e3 * curve["tpot"][-1], state["slo_ms"]))
    left, right, bottom, height = 54, drawn["width"] - 36, 282, 256
    across = [left + b / curve["right"] * (right - left) for b in (want["batch"], want["limit"])]
    slo = bottom - height * state["slo_ms"] / tpot_top
    assert drawn["slo"] == pytest.approx([slo, slo], abs=0.05)
    assert drawn["wall"] == pytest.approx([across[1], right - across[1]], abs=0.05)
    assert (drawn["faint"], drawn["floors"]) == (4, 4), "two lines in two pieces, and their floors"
    if not want["batch"]:
        assert drawn["rate"] is None
        assert drawn["zone"] is None
        return
    rate = bottom - height * want["rate"] / axis_top(max(rates))
    tpot = bottom - height * 1e3 * want["tpot"] / tpot_top
    assert drawn["rate"] == pytest.approx([across[0], rate], abs=0.05)
    assert drawn["tpot"] == pytest.approx([across[0], tpot], abs=0.05)
    assert float(drawn["zone"].split(",")[0]) == pytest.approx(across[0], abs=0.05)
    assert tpot >= slo - 1e-6


def test_the_keyboard_tightens_the_slo(visit):
    page = visit("http")
    element = widget_on(page, "tradeoff")
    slider = element.get_by_label("SLO (max TPOT)")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "80 ms"
    want = shown_at(deployment="70b-a100", context_tokens=512, slo_ms=80)
    assert dict(element.evaluate(RAW))["batch"][0] == want["batch"] < 437
    page.keyboard.press("Home")
    assert element.evaluate(TEXTS)["tw-story"].startswith("No batch meets the SLO")
