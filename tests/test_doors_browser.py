"""Doors and folds in a real browser: by mouse, by keyboard, without a script, from a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from benchmarks.page_length import settled
from book._ext.doors import worked_numbers
from tokenworks.units import quantity
from tools.repository import ROOT

pytestmark = pytest.mark.browser

UNFOLD = "document.querySelectorAll('details').forEach((fold) => { fold.open = true; })"

MANY = "01-token-factory"  # the chapter with the most numbers
SIZES = {"desk": (1440, 900), "laptop": (1280, 900), "phone": (360, 740)}
OPEN = ".door-note:popover-open"
# A frame is on the screen when the next one begins.
SHOWN = "() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))"


def page_of(stem: str) -> str:
    return f"chapters/{stem}.html"


def numbers(stem: str) -> list[dict[str, Any]]:
    book = json.loads((ROOT / "chapters" / f"{stem}.ipynb").read_text(encoding="utf-8"))
    return [number.data for number in worked_numbers(book)]


@pytest.fixture
def tab(chromium: Any, address: str) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    tab = context.new_page()
    # a door in an aside is a door; what a widget that draws itself moves is not pressed meanwhile
    settled(tab, f"{address}/{page_of(MANY)}", before=UNFOLD)
    yield tab
    context.close()


def plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


def wrong(tab: Any, door: Any, known: list[dict[str, Any]]) -> list[str]:
    """List in what the open note differs from what Python computed."""
    note = tab.locator(OPEN)
    if note.count() != 1:
        return [f"{note.count()} notes are open"]
    place = int(door.get_attribute("popovertarget").removeprefix("door-"))
    data, shown = known[place], plain(note.inner_text())
    literal = quantity(data["literal"])
    found = []
    said, computed = (re.sub(r"[,\s]", "", t) for t in (door.inner_text(), data["literal"]))
    if said not in computed:
        found.append(f"the door says {door.inner_text()}, the number is {data['literal']}")
    if plain(note.locator("strong").inner_text()) != data["literal"]:
        found.append("another number at the head")
    if not data["fact"]:
        result = plain(note.locator(".door-result").inner_text()).split(" ≈ ")[0]
        if result != data["steps"][-1] or not literal.agrees(data["value"]):
            found.append(f"{result} is not {data['steps'][-1]}")
    elif data["fact"] not in shown:
        found.append("the fact is not named")
    for source in data["sources"]:
        if source["what"] not in shown or f"read {source['accessed']}" not in shown:
            found.append(f"{source['what']} is missing")
    return found


def test_sixty_numbers_open_by_mouse_as_python_computed_them(tab: Any):
    doors, known = tab.locator(".door").all(), numbers(MANY)
    assert len(doors) >= 60
    problems = {}
    for i, door in enumerate(doors):
        door.click()
        found = wrong(tab, door, known)
        tab.keyboard.press("Escape")
        found += [] if tab.locator(OPEN).count() == 0 else ["Escape does not close it"]
        problems |= {i: found} if found else {}
    assert problems == {}


def test_sixty_numbers_open_by_keyboard_and_focus_returns(tab: Any):
    doors, known = tab.locator(".door").all(), numbers(MANY)
    problems = {}
    for i, door in enumerate(doors):
        door.focus()
        tab.keyboard.press("Enter" if i % 2 else "Space")
        found = wrong(tab, door, known)
        tab.keyboard.press("Tab")
        inside = tab.evaluate(f"!!document.activeElement.closest('{OPEN}')")
        found += [] if inside else ["Tab does not lead into the note"]
        tab.keyboard.press("Escape")
        back = door.evaluate("(door) => document.activeElement === door")
        found += [] if back else ["focus does not return"]
        problems |= {i: found} if found else {}
    assert problems == {}


@pytest.mark.parametrize("kind", [".door", ".term"])
def test_escape_closes_a_note_from_every_link_in_it_and_tab_leaves_none_open(tab: Any, kind: str):
    note = f"#{tab.locator(kind).first.get_attribute('popovertarget')}"
    tab.locator(kind).first.click()
    stops = tab.locator(note).locator(":is(a, button, summary):visible")
    links = stops.count()
    assert links
    tab.keyboard.press("Escape")
    for place in range(1, links + 1):
        tab.locator(kind).first.focus()
        if not tab.locator(note).is_visible():
            tab.keyboard.press("Enter")
        for _ in range(place):
            tab.keyboard.press("Tab")
        assert tab.evaluate(f"!!document.activeElement.closest('{note}')"), place
        tab.keyboard.press("Escape")
        assert not tab.locator(note).is_visible(), place
        assert tab.locator(kind).first.evaluate("(it) => document.activeElement === it"), place
        tab.evaluate("document.activeElement.blur()")
    tab.locator(kind).first.focus()
    if not tab.locator(note).is_visible():
        tab.keyboard.press("Enter")
    for _ in range(links + 1):
        tab.keyboard.press("Tab")
    assert not tab.evaluate(f"!!document.activeElement.closest('{note}')")
    assert not tab.locator(note).is_visible()


@pytest.mark.parametrize("size", SIZES)
def test_a_note_is_on_the_screen_and_beside_its_number(chromium: Any, address: str, size: str):
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    tab = context.new_page()
    settled(tab, f"{address}/{page_of('03-prefill-decode')}", before=UNFOLD)
    for door in tab.locator(".door").all()[::6]:
        door.click()
        tab.evaluate(SHOWN)
        box, at = tab.locator(OPEN).bounding_box(), door.bounding_box()
        assert 0 <= box["x"] <= width + 1 - box["width"], door.inner_text()
        assert box["y"] + box["height"] <= height + 1 or size != "phone"
        if size == "phone":
            assert box["y"] + box["height"] == pytest.approx(height, abs=2)
            assert box["width"] == pytest.approx(width, abs=2)
        over = box["x"] < at["x"] + at["width"] and box["x"] + box["width"] > at["x"]
        over = over and box["y"] < at["y"] + at["height"] and box["y"] + box["height"] > at["y"]
        assert not over, "the note covers its number"
        tab.keyboard.press("Escape")
    context.close()


def test_a_number_is_never_parted_from_its_unit(chromium: Any, address: str):
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    tab = context.new_page()
    tab.goto(f"{address}/{page_of(MANY)}")
    lines = tab.evaluate(
        "[...document.querySelectorAll('.door')].map((d) => d.getClientRects().length)"
    )
    assert len(lines) >= 60
    assert set(lines) == {1}
    context.close()


# The mark behind a button, a comma say, that begins another line than the button ends.
PARTED = """() => [...document.querySelectorAll("article :is(.door, .term)")].filter((button) => {
  const next = button.nextSibling ?? button.parentElement.nextSibling;
  if (next?.nodeType !== 3 || !/^[,.;:!?)”’]/.test(next.data)) return false;
  const mark = document.createRange();
  mark.setStart(next, 0);
  mark.setEnd(next, 1);
  const [at, box] = [mark.getBoundingClientRect(), button.getBoundingClientRect()];
  return box.height > 0 && at.height > 0 && at.top > box.bottom - 4;
}).map((button) => button.innerText)"""


@pytest.mark.parametrize("width", [360, 1280])
def test_a_button_in_a_sentence_keeps_the_comma_behind_it(chromium: Any, address: str, width: int):
    context = chromium.new_context(viewport={"width": width, "height": 740})
    tab = context.new_page()
    for chapter in sorted((ROOT / "chapters").glob("*.ipynb")):
        tab.goto(f"{address}/{page_of(chapter.stem)}")
        tab.evaluate(UNFOLD)
        assert (chapter.stem, tab.evaluate(PARTED)) == (chapter.stem, [])
    context.close()


def test_the_way_to_the_code_opens_its_fold(tab: Any):
    door = tab.locator(".door").nth(5)
    door.click()
    link = tab.locator(f"{OPEN} .door-code")
    cell = tab.locator(link.get_attribute("href"))
    tab.evaluate(UNFOLD.replace("true", "false"))
    assert not cell.is_visible()
    link.click()
    assert cell.is_visible()
    assert tab.locator(OPEN).count() == 0
    tab.wait_for_timeout(100)
    assert -5 <= cell.bounding_box()["y"] <= 900


def test_without_a_script_doors_and_folds_open(chromium: Any, site: Path):
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 1280, "height": 900}
    )
    tab = context.new_page()
    tab.goto((site / page_of(MANY)).as_uri())
    assert not tab.locator(".fold-switch").is_visible()
    door = tab.locator(".door").first
    door.click()
    note = tab.locator(f"#{door.get_attribute('popovertarget')}")
    assert note.is_visible()
    assert note.bounding_box()["x"] + note.bounding_box()["width"] <= 1280
    tab.keyboard.press("Escape")
    assert not note.is_visible()
    fold = tab.locator("details.fold").first
    assert not fold.locator(".cell").first.is_visible()
    fold.locator("summary").click()
    assert fold.locator(".cell").first.is_visible()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_open_notes_and_folds_are_accessible(chromium: Any, address: str, theme: str):
    context = chromium.new_context(color_scheme=theme, viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    settled(tab, f"{address}/{page_of(MANY)}", before=UNFOLD)
    for place in (1, 8, 30):
        tab.locator(".door").nth(place).click()
        found = Axe().run(tab, context={"include": [[OPEN]]}).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] != "minor"] == []
        tab.keyboard.press("Escape")
    found = Axe().run(tab, context={"include": [[".fold-switch"], ["details.fold > summary"]]})
    assert [(v["id"], v["nodes"][0]["html"]) for v in found.response["violations"]] == []
    context.close()
