"""The roofline explorer in a browser: every number is Python's, every point lies on its roof."""

from __future__ import annotations

import math
from random import Random

import pytest
from widget_page import RAW, TEXTS, WAYS, count_of, put, set_control, widget_on

from tokenworks import specs
from tokenworks.cost.memory import min_chips
from tokenworks.cost.operations import CHOICES, PRECISIONS, chip_rates
from tokenworks.cost.product_times import timed_products
from tokenworks.cost.roofline import regime
from tokenworks.data.silicon import LICENCE
from tokenworks.widgets import kit
from tokenworks.widgets.roofline import GRID, SIZES, explored, tabulated
from tokenworks.widgets.timed_matrices import MATRICES

pytestmark = pytest.mark.browser
POINTS = 64
FORMATS = {
    "intensity": kit.count_text,
    "attainable": lambda value: f"{kit.flops_text(value)}/s",
    "reached": lambda value: f"{kit.flops_text(value)}/s",
    "seconds": kit.seconds_text,
    "measured": kit.seconds_text,
    "of_floor": kit.probability_text,
}
DRAWN = """(root) => {
  const [line] = root.querySelector(".tw-roof").getAttribute("points").split(" ").slice(1, 2);
  const place = (dot) => ["cx", "cy"].map((name) => Number(dot.getAttribute(name)));
  const spots = [...root.querySelectorAll(".tw-path, .tw-now")].map(place);
  const below = [...root.querySelectorAll(".tw-under")].map(place);
  const marks = (css) => [...root.querySelectorAll(css)].flatMap((path) =>
    path.getAttribute("d").split("h0").slice(0, -1).map((m) => m.slice(1).split(" ").map(Number)));
  const width = Number(root.querySelector("svg").getAttribute("width"));
  const [cloud, same] = [marks(".tw-cloud"), marks(".tw-same")];
  return { corner: line.split(",").map(Number), spots, below, cloud, same, width };
}"""


def states(seed, points):
    """Yield settings that use every value of every control at least once; half are matrices."""
    random = Random(seed)
    for i in range(points):
        state = {
            name: values[i % len(values)] if i < len(MATRICES) else random.choice(values)
            for name, values in GRID.items()
        }
        yield state | ({"operation": "matmul", "chip": GRID["chip"][i % 3]} if i % 2 else {})


def set_all(element, state):
    """Set the operation, which decides what else there is to set."""
    first = ("operation", "chip", "precision")
    put(element, GRID, {name: state[name] for name in first})
    put(element, GRID, {name: state[name] for name in SIZES[state["operation"] == "matmul"]})


@pytest.mark.parametrize("way", WAYS)
def test_every_number_is_pythons(visit, way):
    element, refused, timed = widget_on(visit(way), "roofline"), 0, 0
    for state in states(7, count_of(way, POINTS)):
        set_all(element, state)
        shown, texts = dict(element.evaluate(RAW)), element.evaluate(TEXTS)
        lacking = tabulated()["chips"][state["chip"]]["precisions"][state["precision"]]
        if isinstance(lacking, str):
            assert texts["tw-story"] == f"Not possible: {lacking}."
            assert {shown[name][1] for name in FORMATS} == {"–"}
            assert element.evaluate("e => e.querySelector('svg')") is None
            refused += 1
            continue
        want = explored(**state)
        timed += "measured" in want
        check_counters(shown, want)
        check_words(element, texts, want=want, state=state)
        check_drawing(element.evaluate(DRAWN), want, state)
    assert 4 < refused < POINTS / 2 or way != "http"
    assert timed > POINTS / 5 or way != "http"


def check_counters(shown, want):
    took = want.get("measured")
    for name, text in FORMATS.items():
        wanted = want["flops"] / took if took and name == "reached" else want.get(name)
        raw, printed = shown[name]
        if wanted is None:
            assert printed == "–", name
            continue
        assert raw == pytest.approx(wanted, rel=2e-7), name
        assert printed == text(raw), name


def check_words(element, texts, *, want, state):
    kind, single = regime(want["intensity"], want["ridge"]), state["operation"] == "matmul"
    story = texts["tw-story"]
    assert story.lower().startswith(f"{kind}: ")
    share = kit.probability_text(want["share"])
    assert f"Its floor is {kit.seconds_text(want['seconds'])}, at {share} of the peak." in story
    took = want.get("measured")
    seen = f" Measured: {kit.seconds_text(took)}." if took else " Not timed here." if single else ""
    assert story.endswith(f"of the peak.{seen}")
    note = element.locator(".tw-folded .tw-note").text_content()
    sizes = f"{kit.flops_text(want['flops'])} on {kit.bytes_text(want['bytes'])}. "
    assert note.startswith(f"{sizes}{CHOICES[state['operation']].note}")
    timed = timed_products(state["chip"], state["precision"])
    assert ("The timed products ran in" in note) == bool(timed)
    assert element.get_by_text(LICENCE).is_visible() == bool(timed)
    table = tabulated()["operations"][state["operation"]]
    if "weights" in table:
        on, held = specs.chip(state["chip"]), table["weights"][state["precision"]]
        need = min_chips(held, on.planned_bytes)
        size = f"{table['model']} is {kit.bytes_text(held)} at this precision: "
        says = f"one {on.label} holds" if need == 1 else f"its weights take {need} × {on.label}"
        assert f"{size}{says}" in note
        beyond = state["context_tokens"] > table["limit"]
        assert ("was made for" in note) == beyond


def check_drawing(drawn, want, state):
    """Corner and points stand where their logarithms say, batch by batch, product by product."""
    rates = chip_rates(specs.chip(state["chip"]), state["precision"])
    single, width = state["operation"] == "matmul", drawn["width"]

    def pixels(values):
        return [pixel(value, width, single=single) for value in values]

    assert all(46 <= x <= width - 10 for x, _ in drawn["spots"] + drawn["cloud"]), "beyond the axis"
    assert all(22 <= y <= 262 for _, y in drawn["cloud"]), "beyond the axis"
    batches = () if single else GRID["batch"]
    places = [explored(**state | {"batch": batch}) for batch in (*batches, state["batch"])]
    wanted = [(found["intensity"], found["attainable"]) for found in places]
    assert drawn["spots"] == [pytest.approx(one, abs=0.05) for one in pixels(wanted)]
    corner = pixel((want["ridge"], rates["flops_per_s"]), width, single=single)
    assert drawn["corner"] == pytest.approx(corner, abs=0.05)
    took = want.get("measured")
    below = [(want["intensity"], want["flops"] / took)] if took else []
    assert drawn["below"] == [pytest.approx(one, abs=0.05) for one in pixels(below)]
    timed = timed_products(state["chip"], state["precision"])
    for kind, some in {"cloud": timed, "same": timed if single else ()}.items():
        at = [p for p in some if kind == "cloud" or p.timed.tokens == state["tokens"]]
        wanted = pixels((one.operation.intensity, one.flops_per_s) for one in at)
        assert drawn[kind] == [pytest.approx(one, abs=0.05) for one in wanted], kind


def pixel(value, width, *, single):
    """Where the chart puts an intensity and a rate; a matrix has fewer decades of each."""
    left, right, top, bottom = 46, width - 10, 22, 262
    far, low, high = (2e4, 1e11, 1.6e16) if single else (2e6, 5e10, 3e16)
    across = math.log10(value[0] / 0.5) / math.log10(far / 0.5)
    up = math.log10(value[1] / low) / math.log10(high / low)
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
                note = element.locator(".tw-folded .tw-note").text_content()
                assert name in note.rpartition("chip:")[2]


def test_a_matrix_has_its_own_sizes(visit):
    element = widget_on(visit("http"), "roofline")
    for operation in GRID["operation"]:
        set_control(element, "operation", GRID["operation"], value=operation)
        shown = element.evaluate("e => [...e.querySelectorAll('[data-control]')].slice(3)"
                                 ".map((one) => one.dataset.control)")  # fmt: skip
        single = operation == "matmul"
        assert shown == (["tokens", "matrix"] if single else ["batch", "context_tokens"])


def test_the_text_of_a_chart_tells_floor_and_measured_apart(visit):
    element = widget_on(visit("http"), "roofline")
    set_control(element, "operation", GRID["operation"], value="matmul")
    said = element.get_by_role("img").get_attribute("aria-label")
    assert "Its floor is 37.4 µs" in said
    assert said.endswith("Measured: 46.71 µs.")
    legend = element.locator(".tw-legend").all_text_contents()
    assert [one.strip() for one in legend[:2]] == ["its floor", "measured"]


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
