"""Widgets for everyone: keyboard, small screen, dark, still, without JavaScript, loaded late."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from widget_page import RAW, STEMS, press, put, set_control, widget_on

from tokenworks.cost.operations import CHOICES
from tokenworks.data.chip_memory import levels
from tokenworks.widgets.decode_loop import recorded
from tokenworks.widgets.kv_planner import GRID as KV_PLANNER
from tokenworks.widgets.ladder import GRID as LADDER
from tokenworks.widgets.latency import GRID as LATENCY
from tokenworks.widgets.lifecycle import GRID
from tokenworks.widgets.memory_levels import GRID as MEMORY_LEVELS
from tokenworks.widgets.pareto import GRID as PARETO
from tokenworks.widgets.prefix_timeline import GRID as PREFIX_TIMELINE
from tokenworks.widgets.roofline import GRID as ROOFLINE
from tokenworks.widgets.tile_puzzle import LEVELS

pytestmark = pytest.mark.browser
TABLE_ROWS = {  # of the table that stands where no JavaScript runs; a question has none
    "lifecycle": 6,
    "kv_planner": len(KV_PLANNER["context_tokens"]),
    "phases": 2,
    "memory_levels": 6,
    "roofline": len(CHOICES),
    "latency": len(LATENCY["batch"]),
    "ladder": len(LADDER["rung"]),
    **dict.fromkeys(("batching", "serving_pools"), 3),
    "request_walk": 7,
    "schedule_puzzle": 6,
    "tile_puzzle": len(LEVELS),
    **dict.fromkeys(("streaming", "decode_loop", "tradeoff", "tile_walk", "speculation"), 8),
    **dict.fromkeys(("block_table", "quantizer"), 4),
    **dict.fromkeys(("strategies", "choices"), 10),
    "calculator": 13,
    "cockpit": 11,
    "pareto": len(PARETO["batch"]),
    "prefix_timeline": len(PREFIX_TIMELINE["prefix_tokens"]),
    **dict.fromkeys(("fusion", "tiling", "page_puzzle", "topology_picker"), 6),
    **dict.fromkeys(("quiz", "guess", "reveal"), 0),
}
CROWD = {"deployment": "70b-h100", "batch": 64, "prompt_tokens": 4000, "output_tokens": 200}
FASTEST = {"operation": "prefill-70b", "chip": "b200", "precision": "fp4", "batch": 1024}
LONGEST = {  # controls whose numbers are the longest
    "kv_planner": (
        KV_PLANNER,
        [
            {"model": "smollm2-135m", "chips": 1, "context_tokens": 512},
            {"model": "llama-3-405b", "chips": 1, "chip": "rtx-4090", "wanted": 256},
        ],
    ),
    "roofline": (ROOFLINE, [FASTEST | {"context_tokens": 131_072}]),
    "latency": (LATENCY, [CROWD | {"place": place} for place in LATENCY["place"]]),
}


def test_sliders_and_buttons_work_from_the_keyboard(visit):
    page = visit("file")
    element = widget_on(page, "decode_loop")
    temperatures = recorded()["grid"]["temperature"]
    slider = element.get_by_label("Temperature")
    slider.focus()
    page.keyboard.press("ArrowRight")
    later = temperatures[temperatures.index(1.0) + 1]
    assert slider.get_attribute("aria-valuetext") == f"{later:.1f}"
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "0.0"
    for _ in range(4):  # the buttons stand above it, below the picture
        page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.textContent") == "Step"
    page.keyboard.press("Space")
    assert element.locator(".tw-said").count() == 2


NAMELESS = """(root) => [...root.querySelectorAll("input, select, button")].filter((control) =>
  !(control.labels?.[0]?.textContent || control.textContent).trim()).length"""
# JupyterLab takes a key for a command unless the focused element itself carries the attribute.
FOCUSABLE = """(root) => [...root.querySelectorAll(
  "a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]")].map((one) =>
  one.dataset.lmSuppressShortcuts)"""


@pytest.mark.parametrize("way", ["http", "live"])
def test_every_control_has_a_name_and_keeps_its_keys(visit, way):
    page = visit(way)
    for name in STEMS:
        element = widget_on(page, name)
        assert element.evaluate(NAMELESS) == 0, name
        kept = element.evaluate(FOCUSABLE)
        assert kept, name
        assert set(kept) == {"true"}, name


EDGES = """(root) => {
  const boxes = (css) => [...root.querySelectorAll(css)].map((e) => e.getBoundingClientRect());
  const targets = boxes("button, select, input[type=range], .tw-option").map((b) => b.height);
  return {
    scrolls: root.scrollWidth > root.clientWidth,
    right: Math.max(...boxes("*:not(.tw-pill)").map((b) => b.right)),
    lowest: Math.min(...targets),
  };
}"""


def check_phone(element, what):
    """Nothing stands out on the right, and each target is large enough for a finger."""
    edges = element.evaluate(EDGES)
    assert not edges["scrolls"], what
    assert edges["right"] <= 360, what
    assert edges["lowest"] >= 44, what


@pytest.mark.parametrize("way", ["http", "live"])
def test_a_phone_shows_all_of_it_also_the_longest_numbers(visit, way):
    page = visit(way, width=360)
    for name in STEMS:
        check_phone(widget_on(page, name), name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for name, (grid, settings) in LONGEST.items():
        element = widget_on(page, name)
        for state in settings:
            put(element, grid, state)
            check_phone(element, (name, state))
    element = widget_on(page, "memory_levels")
    for chip in MEMORY_LEVELS["chip"]:
        set_control(element, "chip", MEMORY_LEVELS["chip"], value=chip)
        for level in range(len(levels(chip))):
            element.evaluate(
                "(root, i) => root.querySelector(`[data-level='${i}']`).focus()", level
            )
            check_phone(element, (chip, level))


def channels(colour):
    return [int(part) for part in re.findall(r"\d+", colour)[:3]]


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_it_follows_the_reader_into_the_dark_and_the_audit_finds_nothing(visit, scheme, dark):
    page = visit("http", color_scheme=scheme, reduced_motion="reduce")
    for name in STEMS:
        style = widget_on(page, name).evaluate(
            "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
        )
        paper, ink = (sum(channels(colour)) for colour in style)
        assert (paper < ink) == dark, name
    press(page.locator("[data-widget=lifecycle]"), "To the end")
    page.get_by_label("Tokens come one after the other").check()
    page.get_by_role("button", name="Check").click()
    found = Axe().run(page, context=".tw-widget").response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []


def test_without_motion_it_steps_and_jumps_but_never_plays(visit):
    page = visit("http", reduced_motion="reduce")
    element = widget_on(page, "lifecycle")
    assert element.get_by_role("button", name="Play", exact=True).count() == 0
    press(element, "Step")
    pill = element.locator(".tw-pill").first
    assert pill.evaluate("e => getComputedStyle(e).animationName") == "none"
    set_control(element, "output_tokens", GRID["output_tokens"], value=8)
    press(element, "Start over")
    press(element, "To the end")
    assert dict(element.evaluate(RAW))["tokens"] == [8, "8"]
    loop = widget_on(page, "decode_loop")
    press(loop, "To the end")
    assert loop.get_by_role("button", name="Step").is_disabled()


MOVES = """() => {
  const seen = () => [...document.querySelectorAll(".tw-widget")].map(
    (one) => [one.dataset.widget, one.textContent, one.querySelectorAll("svg *").length].join());
  const before = seen();
  const running = document.getAnimations().filter((one) => one.playState === "running").length;
  return new Promise((resolve) => setTimeout(() => {
    const after = seen();
    resolve([running, ...before.filter((one, i) => one !== after[i])]);
  }, 900));
}"""


@pytest.mark.parametrize(("motion", "still"), [("reduce", True), ("no-preference", False)])
def test_what_plays_by_itself_or_when_asked_is_still_where_no_motion_is_wanted(
    visit, motion, still
):
    page = visit("http", reduced_motion=motion)
    for name in STEMS:
        element = widget_on(page, name)
        play = element.get_by_role("button", name="Play", exact=True)
        assert not (still and play.count()), name
        first = element.locator(".tw-buttons button").first
        if first.count() and first.get_attribute("aria-disabled") != "true":
            first.click()
    assert (page.evaluate(MOVES) == [0]) == still


def test_without_javascript_the_tables_remain(visit, folder):
    page = visit("http", java_script_enabled=False)
    rows = {name: page.locator(f"[data-widget={name}] tbody tr").count() for name in STEMS}
    quiz = page.locator("[data-widget=quiz] details")
    assert quiz.count() == 4
    assert page.locator("[data-widget=quiz] summary[data-lm-suppress-shortcuts=true]").count() == 4
    assert rows == TABLE_ROWS


def test_large_data_waits_until_the_widget_is_near(visit, folder):
    assert '"gaps"' not in (folder / "index.html").read_text(encoding="utf-8")
    page = visit("file", width=800)
    page.set_viewport_size({"width": 800, "height": 300})
    page.reload()
    page.wait_for_selector("[data-widget=lifecycle][data-ready]")
    far = "!document.querySelector('script[src*=data-decode_loop]')"
    assert page.evaluate(far)
    widget_on(page, "decode_loop")
    assert not page.evaluate(far)


def test_state_goes_to_python_and_comes_back(visit):
    page = visit("live")
    element = widget_on(page, "decode_loop")
    press(element, "Step")
    assert len(page.evaluate("window.saved.state.path")) == 1
    page.evaluate(
        "models.decode_loop.set('state', {...models.decode_loop.get('state'), temperature: 0})"
    )
    assert element.get_by_label("Temperature").get_attribute("aria-valuetext") == "0.0"
    assert element.locator("[data-cell=after-1]").text_content() == "100.0 %"
    quiz = widget_on(page, "quiz")
    page.evaluate("models.quiz.set('state', {choice: 2})")
    assert quiz.locator(".tw-feedback").inner_text().startswith("Right.")
    assert quiz.get_by_role("radio").nth(2).is_checked()


def test_two_copies_of_a_module_share_no_id(visit):
    page = visit("live")
    widget_on(page, "quiz")
    ids = page.evaluate("""async () => {
      const { default: again } = await import("./quiz.mjs?again");
      const el = document.body.appendChild(document.createElement("div"));
      again.render({ model: models.quiz, el });
      const inputs = [...document.querySelectorAll("input[type=radio]")];
      return [inputs.map(({ id }) => id), inputs.map(({ name }) => name)];
    }""")
    assert len(set(ids[0])) == 8
    assert len(set(ids[1])) == 2
