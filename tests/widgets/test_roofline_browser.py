"""The roofline explorer in a browser: every number is Python's, every point lies on its roof."""

from __future__ import annotations

import math
from random import Random

import pytest
from widget_page import RAW, TEXTS, WAYS, count_of, put, set_control, widget_on

from tokenworks import specs
from tokenworks.cost.memory import min_chips
from tokenworks.cost.operations import CHOICES, PRECISIONS, chip_rates
from tokenworks.cost.roofline import regime
from tokenworks.widgets import kit
from tokenworks.widgets.roofline import GRID, explored, tabulated

pytestmark = pytest.mark.browser
POINTS = 64
FORMATS = {
    "flops": kit.flops_text,
    "bytes": kit.bytes_text,
    "intensity": kit.count_text,
    "ridge": kit.count_text,
    "attainable": lambda value: f"{kit.flops_text(value)}/s",
    "seconds": kit.seconds_text,
}
DRAWN = """(root) => {
  const [line] = root.querySelector(".tw-roof").getAttribute("points").split(" ").slice(1, 2);
  const spots = [...root.querySelectorAll(".tw-path, .tw-now")].map((dot) =>
    ["cx", "cy"].map((name) => Number(dot.getAttribute(name))));
  const width = Number(root.querySelector("svg").getAttribute("width"));
  return { corner: line.split(",").map(Number), spots, width };
}"""


def states(seed, points):
    """Yield settings that use every value of every control at least once."""
    random = Random(seed)
    for i in range(points):
        yield {
            name: values[i % len(values)] if i < 8 else random.choice(values)
            for name, values in GRID.items()
        }


@pytest.mark.parametrize("way", WAYS)
def test_every_number_is_pythons(visit, way):
    element, refused = widget_on(visit(way), "roofline"), 0
    for state in states(7, count_of(way, POINTS)):
        put(element, GRID, state)
        shown, texts = dict(element.evaluate(RAW)), element.evaluate(TEXTS)
        lacking = tabulated()["chips"][state["chip"]]["precisions"][state["precision"]]
        if isinstance(lacking, str):
            assert texts["tw-story"] == f"Not possible: {lacking}."
            assert {shown[name][1] for name in FORMATS} == {"–"}
            assert element.evaluate("e => e.querySelector('svg')") is None
            refused += 1
            continue
        want = explored(**state)
        check_counters(shown, want)
        check_words(texts, want, state)
        share = kit.probability_text(shown["attainable"][0] / lacking["flops_per_s"])
        assert texts["tw-story"].endswith(f" at {share} of the peak.")
        check_drawing(element.evaluate(DRAWN), want, state)
    assert 4 < refused < POINTS / 2 or way != "http"


def check_counters(shown, want):
    for name, text in FORMATS.items():
        raw, printed = shown[name]
        assert raw == pytest.approx(want[name], rel=2e-7), name
        assert printed == text(raw), name


def check_words(texts, want, state):
    kind = regime(want["intensity"], want["ridge"])
    assert texts["tw-story"].lower().startswith(f"{kind}: ")
    table, note = tabulated()["operations"][state["operation"]], texts["tw-note"]
    assert note.startswith(CHOICES[state["operation"]].note)
    if "weights" in table:
        on, held = specs.chip(state["chip"]), table["weights"][state["precision"]]
        need = min_chips(held, on.planned_bytes)
        size = f"{table['model']} is {kit.bytes_text(held)} at this precision: "
        says = f"one {on.label} holds" if need == 1 else f"its weights take {need} × {on.label}"
        assert f"{size}{says}" in note
        beyond = state["context_tokens"] > table["limit"]
        assert ("was made for" in note) == beyond


def check_drawing(drawn, want, state):
    """Corner and points stand where their logarithms say, batch by batch."""
    rates = chip_rates(specs.chip(state["chip"]), state["precision"])
    assert all(46 <= x <= drawn["width"] - 10 for x, _ in drawn["spots"]), "beyond the axis"
    places = [explored(**state | {"batch": batch}) for batch in (*GRID["batch"], state["batch"])]
    wanted = [(found["intensity"], found["attainable"]) for found in places]
    assert len(drawn["spots"]) == len(wanted)
    pairs = zip(drawn["spots"], wanted, strict=True)
    for spot, value in [(drawn["corner"], (want["ridge"], rates["flops_per_s"])), *pairs]:
        assert spot == pytest.approx(pixel(value, drawn["width"]), abs=0.05)


def pixel(value, width):
    """Where the chart puts an intensity and a rate: 6.6 and 5.8 decades between its edges."""
    left, right, top, bottom = 46, width - 10, 22, 262
    across = math.log10(value[0] / 0.5) / math.log10(2e6 / 0.5)
    up = math.log10(value[1] / 5e10) / math.log10(3e16 / 5e10)
    return [left + across * (right - left), bottom - up * (bottom - top)]


def test_what_a_chip_lacks_cannot_be_chosen(visit):
    element = widget_on(visit("http"), "roofline")
    for chip in GRID["chip"]:
        set_control(element, "chip", GRID["chip"], value=chip)
        options = element.get_by_label("Precision").locator("option")
        known = tabulated()["chips"][chip]["precisions"]
        for i, name in enumerate(PRECISIONS):
            lacking = known[name] if isinstance(known[name], str) else ""
            assert options.nth(i).is_disabled() == bool(lacking)
            assert options.nth(i).get_attribute("title") == lacking
            if lacking:
                assert name in element.evaluate(TEXTS)["tw-note"].rpartition("chip:")[2]


def test_context_is_off_where_it_plays_no_part(visit):
    element = widget_on(visit("http"), "roofline")
    for operation in GRID["operation"]:
        set_control(element, "operation", GRID["operation"], value=operation)
        assert element.get_by_label("Context tokens").is_disabled() == (operation == "matmul")


def test_the_keyboard_moves_the_point(visit):
    page = visit("file")
    element = widget_on(page, "roofline")
    element.get_by_label("Batch").focus()
    before = element.evaluate(DRAWN)["spots"][-1]
    page.keyboard.press("ArrowRight")
    after = element.evaluate(DRAWN)["spots"][-1]
    assert after[0] > before[0]
    assert after[1] < before[1]
    assert "batch 64" in element.locator("svg").text_content()


def test_the_chart_says_what_it_shows(visit):
    element = widget_on(visit("http"), "roofline")
    said = element.get_by_role("img").get_attribute("aria-label")
    assert said.startswith("Roofline of one H100 SXM. Memory-bound: 26.33 FLOP/B")


def test_the_chart_follows_the_width(visit):
    page = visit("http", width=1280)
    element = widget_on(page, "roofline")
    wide = element.locator("svg").bounding_box()["width"]
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_function(
        "wide => document.querySelector('.tw-chart svg').getBoundingClientRect().width < wide",
        arg=wide,
    )
    assert element.locator("svg").bounding_box()["width"] < 340
