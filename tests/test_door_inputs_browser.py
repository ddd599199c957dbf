"""A number's formula, run again in the page with the reader's own value, by keyboard alone."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tokenworks.formula_inputs import Input
from tokenworks.run_again import run_printed

pytestmark = pytest.mark.browser

PAGES = ["chapters/03-prefill-decode.html", "book/cheat-sheet.html"]
OPEN = ".door-note:popover-open"
FOLD = f"{OPEN} .door-change"
UNFOLD = "document.querySelectorAll('details').forEach((fold) => { fold.open = true; })"
FOCUSED = "document.activeElement.matches('%s')"


def with_inputs(tab: Any, place: int = 3) -> Any:
    """Return one of the doors whose note has inputs, all folds being open."""
    tab.evaluate(UNFOLD)
    note = tab.locator(".door-note[data-again]").nth(place).get_attribute("id")
    return tab.locator(f'article .door[popovertarget="{note}"]').first


def told(note: Any) -> dict[str, Any]:
    return json.loads(note.get_attribute("data-again"))


def expected(data: dict[str, Any], changed: dict[str, str]) -> Any:
    inputs = [Input(**one) for one in data["inputs"]]
    return run_printed(data["formulas"], inputs, literal=data["literal"], changed=changed)


def opened(tab: Any, door: Any) -> dict[str, Any]:
    """Open a door and its fold with the keyboard, and go into the first field."""
    door.focus()
    tab.keyboard.press("Enter")
    to(tab, f"{FOLD} summary")
    tab.keyboard.press("Enter")
    to(tab, f"{FOLD} input")
    return told(tab.locator(OPEN))


def to(tab: Any, css: str) -> None:
    for _ in range(12):
        tab.keyboard.press("Tab")
        if tab.evaluate(FOCUSED % css):
            return
    raise AssertionError(f"Tab does not lead to {css}")


def typed(tab: Any, text: str) -> None:
    tab.keyboard.press("Control+a")
    tab.keyboard.type(text)
    tab.keyboard.press("Enter")


def larger(shown: str) -> str:
    """Return a shown value with one more digit before its others, in its unit."""
    at = next(place for place, sign in enumerate(shown) if sign.isdigit())
    return f"{shown[:at]}1{shown[at:]}".replace(",", "")


@pytest.fixture(params=["desk", "phone"])
def tab(chromium: Any, request: Any) -> Iterator[Any]:
    size = {"desk": (1440, 900), "phone": (360, 740)}[request.param]
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("page", PAGES)
def test_a_changed_input_is_run_by_keyboard_and_marked(tab: Any, address: str, page: str):
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{address}/{page}")
    door = with_inputs(tab)
    said = door.inner_text()
    assert [url for url in asked if "/runner/" in url] == []
    data = opened(tab, door)
    assert [url for url in asked if "/runner/" in url and not url.endswith("runner.js")] == []
    place = next(place for place, free in enumerate(data["fields"]) if free)
    name, (label, shown) = data["inputs"][place]["name"], data["fields"][place]
    field = tab.get_by_label(label, exact=True).locator("visible=true")
    assert field.input_value() == shown
    typed(tab, larger(shown))
    state = tab.locator(f"{OPEN} [role=status]")
    state.locator(".door-own").wait_for(timeout=120_000)
    found = expected(data, {name: larger(shown)})
    text = " ".join(state.inner_text().replace("\u00a0", " ").split())
    for part in (found.substituted, found.result, "yours", f"In the text: {data['literal']}"):
        assert part in text
    assert tab.evaluate(FOCUSED % "input"), "another value can be typed at once"
    fits(tab)
    back(tab, data, field)
    assert door.evaluate("(door) => document.activeElement === door")
    assert door.inner_text() == said, "the number of the text stays"
    assert all(url.startswith((address, "blob:", "data:")) for url in asked)


def fits(tab: Any) -> None:
    """Hold the open note: inside the screen, nothing wider than it, accessible."""
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = tab.locator(OPEN).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= math.ceil(tab.viewport_size["width"]) + 1
    found = Axe().run(tab, context={"include": [[OPEN]]}).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def back(tab: Any, data: dict[str, Any], field: Any) -> None:
    """Write what is no number, read what to do, go back to the text's values and close."""
    state = tab.locator(f"{OPEN} [role=status]")
    typed(tab, "many")
    state.get_by_text("“many” is no number; write it like").wait_for()
    assert field.get_attribute("aria-invalid") == "true"
    to(tab, f"{FOLD} button[type=reset]")
    tab.keyboard.press("Enter")
    assert state.inner_text() == f"As in the text: {data['literal']}."
    assert field.input_value() == next(free for free in data["fields"] if free)[1]
    assert field.get_attribute("aria-invalid") is None
    tab.keyboard.press("Escape")
    assert tab.locator(OPEN).count() == 0


def test_nothing_changed_is_told_and_nothing_is_fetched(tab: Any, address: str):
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{address}/book/cheat-sheet.html")
    opened(tab, with_inputs(tab))
    tab.keyboard.press("Enter")
    told = tab.locator(f"{OPEN} [role=status]").get_by_text("Nothing is changed yet")
    told.wait_for()
    field = tab.locator(f"{FOLD} input").first
    shown = field.input_value()
    field.fill("2 m")  # another answer would stay from the first one
    tab.locator(f"{FOLD} [type=reset]").click()
    told.wait_for(state="detached")
    field.fill("")
    field.press("Enter")
    told.wait_for()
    assert field.input_value() == shown
    assert [url for url in asked if "worker" in url or ".wasm" in url] == []


def test_from_a_file_it_says_why_it_cannot(tab: Any, site: Path):
    tab.goto((site / "book/cheat-sheet.html").as_uri())
    with_inputs(tab).click()
    tab.locator(f"{FOLD} summary").click()
    tab.locator(FOLD).get_by_text("A page from a file starts no Python; the site does.").wait_for()
    assert tab.locator(f"{FOLD} input").count() == 0


@pytest.mark.parametrize("way", [{"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_the_fields_are_seen_in_the_dark_and_in_forced_colours(
    chromium: Any, address: str, way: dict[str, Any]
):
    context = chromium.new_context(viewport={"width": 360, "height": 740}, **way)
    tab = context.new_page()
    tab.goto(f"{address}/book/cheat-sheet.html")
    with_inputs(tab).click()
    tab.locator(f"{FOLD} summary").click()
    found = Axe().run(tab, context={"include": [[OPEN]]}).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert tab.locator(f"{FOLD} input").first.evaluate(
        "(field) => { const { borderTopWidth, borderTopColor, backgroundColor } = "
        "getComputedStyle(field);"
        " return parseFloat(borderTopWidth) > 0 && borderTopColor !== backgroundColor; }"
    )
    context.close()
