"""The ladder's explorer in a browser: its errors are Python's, a row is reached in three ways."""

from __future__ import annotations

import math
import re
from random import Random

import pytest
from widget_page import RAW, TEXTS, WAYS, count_of, press, put, widget_on

from tokenworks.validate import scored_rows
from tokenworks.widgets import kit
from tokenworks.widgets.ladder import ENDS, GRID, errors_at, picked, ratio_of

pytestmark = pytest.mark.browser
POINTS = 52
START = {"rung": "5", "kind": "all", "engine": "all", "chip": "all", "rows": "clean"}
DRAWN = """(root) => [...root.querySelectorAll("[class^=tw-kind][d]")].map((path) =>
  path.getAttribute("d").match(/M[\\d.]+ [\\d.]+/g) ?? [])"""
RING = """(root) => ["cx", "cy"].map((name) =>
  Number(root.querySelector(".tw-ringed").getAttribute(name)))"""
LABELS = """(root) => Object.fromEntries([...root.querySelectorAll(".tw-named tbody tr")].map(
  (tr) => [tr.cells[0].textContent, tr.cells[1].textContent]))"""


def states(seed, points):
    """Yield settings that use every value of every control at least once."""
    random = Random(seed)
    for i in range(points):
        yield {
            name: values[i % len(values)] if i < 7 else random.choice(values)
            for name, values in GRID.items()
        }


def ordered(state):
    """Return the rows as the explorer steps through them."""
    return sorted(picked(**state), key=lambda row: (ratio_of(row, state["rung"]), row.number))


def pixel(row, rung, width):
    """Return where the chart puts a row."""
    measured = 1e3 * row.served.tpot_seconds
    places = []
    for value, (low, high), (start, end) in (
        (measured, ENDS["measured"], (40, width - 10)),
        (measured * ratio_of(row, rung), ENDS["predicted"], (340 - 38, 22)),
    ):
        places.append(start + math.log(value / low) / math.log(high / low) * (end - start))
    return places


def width_of(element):
    return float(element.evaluate("e => e.querySelector('svg').getAttribute('width')"))


@pytest.mark.parametrize("way", WAYS)
def test_every_number_is_pythons(visit, way):
    element, empty = widget_on(visit(way), "ladder"), 0
    for state in states(5, count_of(way, POINTS)):
        put(element, GRID, state)
        shown, want = dict(element.evaluate(RAW)), errors_at(**state)
        drawn = element.evaluate(DRAWN)
        if want is None:
            assert {text for _, text in shown.values()} == {"–"}
            assert element.evaluate(TEXTS)["tw-story"] == "No row was measured with these labels."
            assert sum(map(len, drawn)) == 0
            empty += 1
            continue
        for name, value in {
            "rows": want.rows,
            "median": want.median,
            "p90": want.p90,
            "ratio": want.median_ratio,
        }.items():
            assert shown[name][0] == pytest.approx(value, rel=1e-9), (name, state)
        assert shown["median"][1] == kit.probability_text(shown["median"][0])
        check_cloud(drawn, state, width_of(element))
    assert empty < POINTS / 2


def check_cloud(drawn, state, width):
    """Each class has its own mark, and each row stands where its two times say."""
    rows = ordered(state)
    for kind, found in zip(GRID["kind"][1:], drawn, strict=True):
        want = [pixel(row, state["rung"], width) for row in rows if row.kind == kind]
        got = [[float(v) for v in place[1:].split()] for place in found]
        assert len(got) == len(want)
        for one, other in zip(got, want, strict=True):
            assert one == pytest.approx(other, abs=0.11)


def check_row(element, row, rung):
    labels, run = element.evaluate(LABELS), row.served
    predicted = run.tpot_seconds * ratio_of(row, rung)
    assert labels["Model"] == f"{row.labels['model']}, {row.kind}"
    assert labels["Weights"] == row.labels["precision"]
    assert labels["Chips"].startswith(row.labels["chips"])
    assert row.labels["spread"] in labels["Chips"]
    assert labels["Engine"] == row.labels["engine"]
    assert labels["Prompt + answer"] == f"{run.isl:,} + {run.osl:,} tokens"
    assert labels["Users at once"] == f"{run.concurrency:,}"
    assert labels["Source"] == row.source
    assert labels["Measured"] == kit.seconds_text(run.tpot_seconds)
    for name, seconds in (("Predicted", predicted), ("Its floor", row.floor * run.tpot_seconds)):
        value, unit = labels[name].split()
        scale = {"s": 1, "ms": 1e-3, "µs": 1e-6}[unit]
        assert float(value.replace(",", "")) * scale == pytest.approx(seconds, rel=1e-3)
    says = element.evaluate(TEXTS)["tw-story"]
    assert says.startswith(f"Row {row.number:,}: ")
    assert says.endswith("fast." if ratio_of(row, rung) < 1 else "slow.")


def test_the_arrow_keys_go_through_the_rows(visit):
    page = visit("http")
    element, rows = widget_on(page, "ladder"), ordered(START)
    element.locator(".tw-scatter").focus()
    for key, at in (("ArrowRight", 0), ("ArrowUp", 1), ("End", -1), ("ArrowLeft", -2), ("Home", 0)):
        page.keyboard.press(key)
        check_row(element, rows[at], "5")
        ring = element.evaluate(RING)
        assert ring == pytest.approx(pixel(rows[at], "5", width_of(element)), abs=0.01)
    page.keyboard.press("ArrowLeft")
    check_row(element, rows[0], "5")


def test_a_tap_takes_the_nearest_point_and_beside_all_of_them_none(visit):
    page = visit("http")
    element = widget_on(page, "ladder")
    put(element, GRID, START | {"kind": "dense", "chip": "h200_sxm"})
    chart, rows = (
        element.locator(".tw-scatter"),
        ordered(START | {"kind": "dense", "chip": "h200_sxm"}),
    )
    width = width_of(element)
    chart.click(position={"x": width - 20, "y": 290})
    assert element.evaluate(LABELS) == {}
    x, y = pixel(rows[0], "5", width)
    chart.click(position={"x": x, "y": y})
    number = int(re.match(r"Row ([\d,]+)", element.evaluate(TEXTS)["tw-story"])[1].replace(",", ""))
    (found,) = [row for row in rows if row.number == number]
    assert math.dist(pixel(found, "5", width), (x, y)) < 2
    check_row(element, found, "5")


def test_buttons_step_and_the_largest_miss_is_the_largest(visit):
    element, rows = widget_on(visit("http"), "ladder"), ordered(START)
    assert element.evaluate(TEXTS)["tw-story"].startswith("Tap a point")
    press(element, "Next row", 2)
    check_row(element, rows[1], "5")
    press(element, "Back")
    check_row(element, rows[0], "5")
    assert element.get_by_role("button", name="Back").is_disabled()
    press(element, "Largest miss")
    check_row(element, max(rows, key=lambda row: abs(ratio_of(row, "5") - 1)), "5")
    put(element, GRID, START | {"rung": "card"})
    assert element.evaluate(LABELS)["Predicted"] != element.evaluate(LABELS)["Measured"]


def test_a_flagged_row_says_its_rule(visit):
    element = widget_on(visit("http"), "ladder")
    put(element, GRID, START | {"rows": "flagged"})
    flags, flagged = set(), [row for row in scored_rows(clean=False) if row.flag != "ok"]
    element.locator(".tw-scatter").focus()
    for _ in flagged:
        press(element, "Next row")
        flags.add(element.evaluate(LABELS)["Flag"].split(":")[0])
    assert flags == {row.flag for row in flagged}
