"""SIM-09 in a browser: traffic, SRAM and every row of the walk are Python's."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, WAYS, close, count_of, hurry, press, put, set_control, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.tile_walk import walk
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
WALKED = """(root) => ({
  rows: Object.fromEntries([...root.querySelectorAll("[data-walk]")].map((cell) =>
    [cell.dataset.walk, cell.textContent])),
  tile: root.querySelectorAll(".tw-walk .tw-tile").length,
  scores: [...root.querySelectorAll(".tw-walk .tw-bar-ink")].map((text) => text.textContent),
})"""


def ridge(chip):
    return tabulated()["chips"][chip]["ridge"]


def signed(number, places=3):
    return f"{number:.{places}f}".replace("-", "−")


@pytest.mark.parametrize("way", WAYS)
def test_traffic_and_sram_are_pythons(visit, way):
    element, random, seen = widget_on(visit(way), "tiling"), Random(9), set()
    for _ in range(count_of(way, 20)):
        state = {name: random.choice(values) for name, values in GRID.items() if name != "example"}
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


@pytest.mark.parametrize("example", GRID["example"])
def test_the_walk_shows_every_row_of_every_tile(visit, example):
    element = widget_on(visit("file"), "tiling")
    for causal in GRID["causal"]:
        put(element, GRID, {"causal": causal, "example": example})
        found, rows = walk(example, causal), {}
        for i, step in enumerate(found["steps"]):
            hurry(element, "Next tile", 1)
            first, last = step["rows"]
            for r in range(first, last):
                at = r - first
                rows[r] = [[step["m"][at]], [step["l"][at]], step["o"][at]]
            done = i + 1 == len(found["steps"])
            shown = element.evaluate(WALKED)
            for r, (m, l, o) in rows.items():
                numbers = [m, l, found["out"][r] if done else o]
                for name, values in zip("mlo", numbers, strict=True):
                    assert shown["rows"][f"{name}-{r}"] == ", ".join(map(signed, values))
            keys = range(*step["keys"])
            tile = [found["scores"][r][c] for r in range(first, last) for c in keys]
            assert shown["tile"] == len(tile)
            assert shown["scores"] == ["" if x is None else signed(x, 1) for x in tile] or (
                "" not in shown["scores"]
            )
        assert element.get_by_role("button", name="Next tile").is_disabled()


def test_the_keyboard_enlarges_a_tile_until_it_does_not_fit(visit):
    page = visit("http")
    element = widget_on(page, "tiling")
    element.get_by_label("Query tile").focus()
    page.keyboard.press("End")
    state = {"tokens": 4096, "chip": "h100-sxm", "kv_tile": 128, "d_head": 128, "causal": True}
    want = shown_at(**state, q_tile=1024)
    assert close(dict(element.evaluate(RAW))["flash"][0], want["flash"])
    assert want["unfit"] in dict(element.evaluate(RAW))["sram"][1]
    element.get_by_role("button", name="Next tile").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert "Tile 2 of 10: queries 2 to 3 meet keys 0 to 1." in element.inner_text()
    press(element, "To the end")
    set_control(element, "causal", GRID["causal"], value=False)
    assert "Tile 10 of 16" in element.inner_text()
