"""Numbers of pages that are no notebooks open as those of chapters do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from test_doors_browser import OPEN, wrong

from book._ext import elsewhere, floor_rates, landing
from book._ext.cheat_sheet.formulas import formulas
from book._ext.cheat_sheet.techniques import techniques
from book._ext.outlook.entries import outlooks
from tokenworks.worked_number import Worked

pytestmark = pytest.mark.browser


def of_elsewhere() -> list[Worked]:
    entries = (entry for own in elsewhere.SUBJECTS.values() for entry in own)
    return [number for entry in entries for number in entry.numbers]


def of_the_sheet() -> list[Worked]:
    gains = [number for one in techniques() for number in one.numbers]
    rows = [(row.number, row.wrong) for row in formulas()]
    return [*gains, *(number for pair in rows for number in pair if number)]


PAGES: dict[str, Callable[[], list[Worked]]] = {
    "book/intro": landing.tapped,
    "book/facts": lambda: list(floor_rates.stated().values()),
    "book/elsewhere": of_elsewhere,
    "book/cheat-sheet": of_the_sheet,
    "book/what-next": lambda: [number for one in outlooks() for number in one.numbers],
}


@pytest.mark.parametrize("name", PAGES)
def test_every_computed_number_opens_by_mouse_and_keyboard(chromium: Any, address: str, name: str):
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    tab = context.new_page()
    tab.goto(f"{address}/{name}.html")
    known = [data for number in PAGES[name]() for data in number.data()]
    doors = tab.locator("article .door").all()
    opened = {int(door.get_attribute("popovertarget").removeprefix("door-")) for door in doors}
    assert opened == set(range(len(known))), "each number has a door"
    problems = {}
    for i, door in enumerate(doors):
        for act in (door.click, lambda door=door: door.press("Enter")):
            act()
            found = wrong(tab, door, known)
            code = tab.locator(f"{OPEN} .door-code").get_attribute("href")
            found += [] if "/book/_ext/" in code and code.endswith(".py") else [code]
            tab.keyboard.press("Escape")
            problems |= {i: found} if found else {}
    assert problems == {}
    context.close()


def test_without_a_script_a_number_of_the_landing_page_opens(chromium: Any, site: Any):
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((site / "book/intro.html").as_uri())
    tab.locator(".tap .door").first.click()
    assert tab.locator(OPEN).is_visible()
    assert "139" in tab.locator(OPEN).inner_text()
    context.close()
