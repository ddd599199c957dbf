"""SIM-09 in a browser: traffic and SRAM are Python's."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, WAYS, close, count_of, put, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.tiling import GRID, shown_at, sram_of, tabulated

pytestmark = pytest.mark.browser
CELLS = {
    "naive": kit.bytes_text,
    "flash": kit.bytes_text,
    "naive_seconds": kit.seconds_text,
    "flash_seconds": kit.seconds_text,
    "naive_intensity": kit.count_text,
    "flash_intensity": kit.count_text,
    "steps": kit.count_text,
}
TOLD = "(root) => root.querySelector('.tw-story').textContent"


def ridge(chip):
    return tabulated()["chips"][chip]["ridge"]


@pytest.mark.parametrize("way", WAYS)
def test_traffic_and_sram_are_pythons(visit, way):
    element, random, seen = widget_on(visit(way), "tiling"), Random(9), set()
    for _ in range(count_of(way, 20)):
        state = {name: random.choice(values) for name, values in GRID.items()}
        put(element, GRID, state)
        shown, want = dict(element.evaluate(RAW)), shown_at(**state)
        for name, text in CELLS.items():
            raw, printed = shown[name]
            assert close(raw, want[name]), name
            assert printed == text(raw)
        raw, said = shown["sram"]
        assert raw == want["sram"]
        assert kit.bytes_text(raw) in said
        if want["registers"]:
            assert f"and {kit.bytes_text(want['registers'])} of 262.1 KB in registers" in said
        where = "SRAM" if raw > sram_of(state["chip"])[0] else "registers"
        no = f"too much for the {where}; {want['unfit']}."
        assert said.endswith(no if want["unfit"] else "they fit.")
        seen.add(want["unfit"] == "")
        over = element.evaluate("e => !!e.querySelector('.tw-stack.tw-over')")
        assert over == (want["unfit"] != "")
        waits = "no longer" if want["flash_intensity"] >= ridge(state["chip"]) else "still"
        words = f"Naive moves {kit.count_text(want['times'])} times as many bytes as flash. By this"
        assert element.evaluate(TOLD).startswith(f"{words} count flash {waits} waits for HBM: ")
    assert seen == {True, False} or way != "http"


def test_the_keyboard_enlarges_a_tile_until_it_does_not_fit(visit):
    page = visit("http")
    element = widget_on(page, "tiling")
    element.get_by_label("Query tile").focus()
    page.keyboard.press("End")
    state = {"tokens": 4096, "chip": "h100-sxm", "kv_tile": 128, "d_head": 128, "causal": True}
    want = shown_at(**state, q_tile=1024)
    assert close(dict(element.evaluate(RAW))["flash"][0], want["flash"])
    assert want["unfit"] in dict(element.evaluate(RAW))["sram"][1]
