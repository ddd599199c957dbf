"""SIM-04 in a browser: every number equals the Python function's, for everyone, on every page."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, TEXTS, WAYS, close, count_of, put, widget_on

from tokenworks import specs
from tokenworks.specs import model_spec
from tokenworks.widgets import kit
from tokenworks.widgets.kv_growth import GRID, left_text, memory_at, tabulated

pytestmark = pytest.mark.browser
COUNTERS = ("sequence", "all", "weights", "kv")
POINTS = 60


def states(seed, points):
    """Yield settings that use every value of every control at least once."""
    random = Random(seed)
    for i in range(points):
        yield {
            name: values[i % len(values)] if i < 10 else random.choice(values)
            for name, values in GRID.items()
        }


@pytest.mark.parametrize("way", WAYS)
def test_every_number_is_pythons(visit, way):
    element, refused = widget_on(visit(way), "kv_growth"), 0
    for state in states(4, count_of(way, POINTS)):
        put(element, GRID, state)
        shown = dict(element.evaluate(RAW))
        pieces = tabulated()["models"][state["model"]]["pieces"][str(state["chips"])]
        if isinstance(pieces, str):
            assert element.evaluate(TEXTS)["tw-story"] == f"Not possible: {pieces}."
            assert {shown[name][1] for name in COUNTERS} == {"–"}
            assert element.evaluate("e => e.querySelector('table').hidden")
            refused += 1
            continue
        check_counters(shown, memory_at(**state))
        check_rows(element, shown, state)
        check_words(element.evaluate(TEXTS), state)
    assert 0 < refused < POINTS / 4 or way != "http"


def check_counters(shown, held):
    for name in COUNTERS:
        assert close(shown[name][0], held[name])
        assert shown[name][1] == kit.bytes_text(held[name])


def check_rows(element, shown, state):
    capacity = specs.chip(state["chip"]).hbm_bytes
    widths = element.evaluate(
        "e => [...e.querySelectorAll('.tw-stack')].map(s => [s.className,"
        " ...[...s.children].map(part => parseFloat(part.style.width))])"
    )
    for i, context in enumerate(GRID["context_tokens"]):
        held = memory_at(**state | {"context_tokens": context})
        assert close(shown[f"kv-{i}"][0], held["kv"])
        assert shown[f"kv-{i}"][1] == kit.bytes_text(held["kv"])
        assert abs(shown[f"free-{i}"][0] - held["free"]) <= 1e-9 * (held["kv"] + capacity)
        assert shown[f"free-{i}"][1] == left_text(held["free"])
        kind, weights, kv = widths[i]
        assert ("tw-over" in kind) == (held["free"] < 0)
        first = min(1, held["weights"] / capacity)
        assert weights == pytest.approx(100 * first, abs=0.01)
        assert kv == pytest.approx(100 * min(held["kv"] / capacity, 1 - first), abs=0.01)


def check_words(texts, state):
    held, on = memory_at(**state), specs.chip(state["chip"])
    story = texts["tw-story"]
    assert f"each of {state['chips']} × {on.label} has {kit.bytes_text(on.hbm_bytes)}" in story
    assert f"{kit.bytes_text(held['weights'])} of weights" in story
    assert f"{kit.bytes_text(held['kv'])} of cache" in story
    verb = "are left." if held["free"] >= 0 else "are missing."
    assert story.endswith(f"{kit.bytes_text(abs(held['free']))} {verb}")
    spec = model_spec(state["model"])
    beyond = f"beyond the {kit.count_text(spec.context_tokens)} tokens of {spec.label}."
    assert (beyond in texts["tw-note"]) == (spec.context_tokens < max(GRID["context_tokens"]))
    pieces = tabulated()["models"][state["model"]]["pieces"][str(state["chips"])]
    assert ("hold copies" in texts["tw-note"]) == (pieces < state["chips"])


def test_the_keyboard_moves_the_context(visit):
    page = visit("file")
    element = widget_on(page, "kv_growth")
    slider = element.get_by_label("Context tokens")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "8,192"
    chosen = element.locator("tr[aria-current=true]")
    assert chosen.locator("th").text_content() == "8,192"
    page.keyboard.press("End")
    assert chosen.locator("th").text_content() == "131,072 *"
