"""The strategy visualizer in a browser: numbers are Python's, every device is drawn to scale."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from widget_page import CUT_LISTS, RAW, TEXTS, WAYS, count_of, put, widget_on

from tokenworks.cost.layouts import layout_name
from tokenworks.cost.step_time import decode_parts
from tokenworks.widgets import kit
from tokenworks.widgets.mixes import (
    CHIP,
    GRID,
    RUNTIME,
    deployment,
    layout_at,
    mixes_of,
    shown_at,
)

pytestmark = pytest.mark.browser
OPENED = {
    "model": "llama-3-70b",
    "devices": 8,
    "tensor": 8,
    "pipeline": 1,
    "expert": 1,
    "batch": 64,
    "context_tokens": 4096,
}
SHOWN = {
    "weights": kit.bytes_text,
    "cache": kit.bytes_text,
    "sent": kit.bytes_text,
    "floor": kit.seconds_text,
    "expected": kit.seconds_text,
}
BOXES = """(root, css) => [...root.querySelectorAll(`.tw-devices rect.${css}`)].map((one) =>
  Number(one.getAttribute("height")))"""
ARROWS = """(root) => [...root.querySelectorAll("[data-arrow]")].map((one) => one.dataset.arrow)"""
MIXES = """(root) => [...root.querySelectorAll("details tbody tr")].map((row) =>
  [row.querySelector("th").textContent, ...[...row.querySelectorAll("td")].map((td) =>
    td.textContent), row.getAttribute("aria-current")])"""
LABELS = """(root) => [...root.querySelectorAll(".tw-devices text")].map((one) =>
  one.textContent)"""


def drawn_states(random, count):
    """Yield states: half of them at random, which mostly cannot be, half of mixes that can."""
    for i in range(count):
        state = {name: random.choice(values) for name, values in GRID.items()}
        mixes = mixes_of(state)
        yield random.choice(mixes)[0] if i % 2 and mixes else state


@pytest.mark.parametrize("way", WAYS)
def test_the_counters_and_the_reasons_are_pythons(visit, way):
    element = widget_on(visit(way), "strategies")
    for state in drawn_states(Random(12), count_of(way, 100)):
        put(element, GRID, state)
        layout, raw = layout_at(state), dict(element.evaluate(RAW))
        if isinstance(layout, str):
            assert element.locator(".tw-refused").text_content() == f"Not possible: {layout}."
            assert raw["weights"][1] == "–"
            continue
        assert element.locator(".tw-refused").count() == 0
        want, story = shown_at(state), element.evaluate(TEXTS)["tw-story"]
        for name, text in SHOWN.items():
            if want[name] is None:
                assert raw[name][1] == "–", (name, state)
            else:
                assert raw[name][0] == pytest.approx(want[name], rel=1e-6), (name, state)
                assert raw[name][1] == text(raw[name][0])
        assert ("It does not fit" in story) == (want["left"] < 0)
        if want["left"] >= 0:
            assert f"{kit.bytes_text(want['left'])} are left" in story


def test_the_reason_is_read_aloud_and_seen_once(visit):
    element = widget_on(visit("http"), "strategies")
    put(element, GRID, OPENED | {"model": "llama-3-405b", "pipeline": 4})
    says = "Not possible: 4 stages do not divide 126 layers."
    assert element.evaluate(TEXTS)["tw-story tw-unseen"] == says
    assert element.locator(".tw-refused").get_attribute("aria-hidden") == "true"
    assert not element.locator(".tw-times").is_visible()
    put(element, GRID, OPENED)
    assert element.locator(".tw-times").is_visible()


def test_every_device_is_drawn_with_what_it_holds(visit):
    element = widget_on(visit("http"), "strategies")
    for state in drawn_states(Random(3), 30):
        if isinstance(layout_at(state), str):
            continue
        put(element, GRID, state)
        want, heights = shown_at(state), {}
        for css in ("weights", "kv", "runtime", "capacity"):
            heights[css] = element.evaluate(BOXES, f"tw-{css}")
            assert len(heights[css]) == state["devices"]
            assert len(set(heights[css])) == 1
        px = heights["capacity"][0] / CHIP.planned_bytes
        assert heights["weights"][0] == pytest.approx(want["weights"] * px)
        assert heights["kv"][0] == pytest.approx(want["cache"] * px)
        assert heights["runtime"][0] == pytest.approx(RUNTIME * px)
        over = element.evaluate(BOXES, "tw-beyond")
        assert len(over) == (state["devices"] if want["left"] < 0 else 0)
        if over:
            assert over[0] == pytest.approx(-want["left"] * px)


@pytest.mark.parametrize(
    ("state", "arrows"),
    [
        ({}, {"sum": 1}),
        ({"tensor": 1}, {}),
        ({"tensor": 4, "pipeline": 2}, {"sum": 2, "hand": 1}),
        ({"tensor": 2, "pipeline": 2}, {"sum": 4, "hand": 2}),
        ({"devices": 16, "pipeline": 2}, {"sum": 2, "hand": 1}),
        ({"devices": 16, "tensor": 16}, {"sum": 3}),  # in each server, and between them
        ({"model": "mixtral-8x7b", "tensor": 1, "expert": 8}, {"trip": 1}),
        (
            {"model": "deepseek-v3", "devices": 32, "tensor": 2, "expert": 16},
            {"sum": 16, "trip": 7},  # in each server, and from each to the next
        ),
    ],
)
def test_an_arrow_is_drawn_for_each_exchange(visit, state, arrows):
    element = widget_on(visit("http"), "strategies")
    put(element, GRID, OPENED | state)
    found = element.evaluate(ARROWS)
    assert {kind: found.count(kind) for kind in set(found)} == arrows


def test_arrows_and_groups_say_what_goes_and_who_has_what(visit):
    element = widget_on(visit("http"), "strategies")
    put(element, GRID, OPENED | {"tensor": 4, "pipeline": 2})
    labels = element.evaluate(LABELS)
    assert labels.count("524.3 KB") == 2  # 32 rows of 8,192 values of two bytes, each way
    assert {"layers 1–40", "layers 41–80"} <= set(labels)
    raw = dict(element.evaluate(RAW))
    assert raw["summed"][0] + raw["handed"][0] == pytest.approx(raw["sent"][0])
    spread = {"model": "mixtral-8x7b", "devices": 16, "tensor": 2, "expert": 4}
    put(element, GRID, OPENED | spread)
    labels = element.evaluate(LABELS)
    assert {"copy 1, experts 1–2", "copy 2, experts 7–8"} <= set(labels)


def test_every_mix_of_the_devices_is_in_the_table_fastest_first(visit):
    element = widget_on(visit("http"), "strategies")
    put(element, GRID, OPENED | {"tensor": 4, "pipeline": 2})
    rows = element.evaluate(MIXES)
    named = {layout_name(layout): shown_at(state) for state, layout in mixes_of(OPENED)}
    assert {row[0] for row in rows} == set(named)
    fits = [named[row[0]]["floor"] for row in rows if named[row[0]]["floor"]]
    assert fits == sorted(fits)
    assert rows[-1][0] == "DP8"
    assert rows[-1][2] == "does not fit"
    for name, _, floor, expected, current in rows[:-1]:
        assert floor == kit.seconds_text(named[name]["floor"])
        assert expected == kit.seconds_text(named[name]["expected"])
        assert (current == "true") == (name == "TP4 × PP2")


BARS = """(root, part) => [...root.querySelectorAll(`[data-part="${part}"]`)].map((one) =>
  Number(one.getAttribute("width")))"""


def test_the_bars_of_the_step_are_to_scale(visit):
    element = widget_on(visit("http"), "strategies")
    on = deployment(OPENED["model"])
    for batch, context in ((64, 4096), (128, 8192), (8, 1024)):
        state = OPENED | {"batch": batch, "context_tokens": context}
        put(element, GRID, state)
        parts = decode_parts(replace(on, chips=8), context, batch=batch)
        weights, caches = element.evaluate(BARS, "reading")
        assert caches / weights == pytest.approx(parts.kv / parts.weights, rel=1e-5)
        expected = sum(element.evaluate(BARS, "expected"))
        shown = shown_at(state)
        want = shown["expected"] / (parts.kv + parts.weights)
        assert expected / (weights + caches) == pytest.approx(want, rel=1e-5)


def test_the_table_says_why_other_mixes_are_none(visit):
    element = widget_on(visit("http"), "strategies")
    ruled = element.locator("details .tw-note").first
    assert ruled.text_content() == (
        "Others are not possible: Llama-3 70B has no experts to put on 2 devices."
    )
    put(element, GRID, OPENED | {"model": "llama-3-405b"})
    for says in (
        "4 stages do not divide 126 layers; 8 stages do not divide",
        "405B has no experts",
    ):
        assert says in ruled.text_content()
    put(element, GRID, OPENED | {"model": "mixtral-8x7b", "tensor": 1, "devices": 16, "batch": 8})
    said = ruled.text_content()
    assert "16 devices do not divide 8 experts" in said
    assert "a batch of 8 is too small to deal out in 16 parts" in said
    assert "takes" not in said


def test_the_keyboard_moves_the_mix(visit):
    page = visit("file")
    element = widget_on(page, "strategies")
    element.get_by_label("Tensor (TP)").focus()
    page.keyboard.press("ArrowLeft")
    shown = element.locator("[data-counter=weights]").text_content()
    assert shown == kit.bytes_text(shown_at(OPENED | {"tensor": 4})["weights"])
    page.keyboard.press("End")
    assert "takes 16 devices" in element.locator(".tw-refused").text_content()


@pytest.mark.parametrize("width", [360, 1280])
def test_no_list_cuts_an_option(visit, width):
    assert widget_on(visit("http", width=width), "strategies").evaluate(CUT_LISTS) == []
