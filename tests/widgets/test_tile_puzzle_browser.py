"""The tiling puzzle in a browser: what a choice needs, moves and scores is the library's."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, WAYS, hurry, press, put, set_control, widget_on

from tokenworks.cost.attention_call import Tiles
from tokenworks.widgets import kit
from tokenworks.widgets.tile_puzzle import LEVELS, ORDER_LABELS, attempt, optimum, sizes_of

pytestmark = pytest.mark.browser


NEWEST = """(root) => ({
  name: root.querySelector("tbody th").textContent,
  tries: root.querySelectorAll("tbody tr").length,
})"""


def choose(element, order, indices):
    grid = {"order": ORDER_LABELS, "q": range(99), "kv": range(99)}
    put(element, grid, dict(zip(grid, (order, *indices), strict=True)))


@pytest.mark.parametrize("way", WAYS)
def test_every_try_is_scored_as_python_says(visit, way):
    element, random = widget_on(visit(way), "tile_puzzle"), Random(2)
    for name, level in LEVELS.items():
        set_control(element, "puzzle", LEVELS, value=name)
        queries, keys = sizes_of(level)
        best, fitted = optimum(level)[0], []
        for i in range(5 if way == "http" else 2):
            indices = random.randrange(len(queries)), random.randrange(len(keys))
            order = random.choice(list(ORDER_LABELS))
            choose(element, order, indices)
            tiles = Tiles(queries[indices[0]], keys[indices[1]])
            want = attempt(level, order, tiles)
            assert dict(element.evaluate(RAW))["sram"][0] == want["sram"]
            hurry(element, "Try", 1)
            cells, newest = dict(element.evaluate(RAW)), element.evaluate(NEWEST)
            number = newest["tries"] - 1
            fits = want["sram"] <= level.sram_bytes
            score = best / want["bytes"]
            assert newest["name"] == f"{tiles.q:,} × {tiles.kv:,}"
            raw, text = cells[f"bytes-{number}"]
            assert (raw, text) == (
                (want["bytes"], kit.bytes_text(raw)) if fits else (0, "does not fit")
            ), i
            assert cells[f"score-{number}"][1] == (kit.probability_text(score) if fits else "–")
            fitted += [score] if fits else []
            assert cells["best"][0] == pytest.approx(max(fitted, default=0))


def test_the_optimum_is_shown_to_those_who_fitted_one(visit):
    element = widget_on(visit("file"), "tile_puzzle")
    for name, level in LEVELS.items():
        set_control(element, "puzzle", LEVELS, value=name)
        assert element.get_by_role("button", name="Optimum").is_disabled()
        press(element, "Try")
        press(element, "Optimum")
        said = element.locator("[aria-live]").text_content()
        assert said.startswith(f"At the optimum: {optimum(level)[2].q:,} × ")
        assert dict(element.evaluate(RAW))["best"] == [1, "100.0 %"]
        fitting = sum(
            attempt(level, "fa2", Tiles(q, kv))["sram"] <= level.sram_bytes
            for q in sizes_of(level)[0]
            for kv in sizes_of(level)[1]
        )
        assert element.locator(".tw-board .tw-tile").count() == fitting
        press(element, "Back")
        assert element.locator("tbody tr").count() == 1


def test_the_keyboard_plays(visit):
    page = visit("http")
    element = widget_on(page, "tile_puzzle")
    element.get_by_label("Query tile").focus()
    page.keyboard.press("End")
    element.get_by_role("button", name="Try").focus()
    page.keyboard.press("Enter")
    assert "it does not fit." in element.locator("[aria-live]").text_content()
    assert element.locator(".tw-board .tw-beyond").count() == 1
