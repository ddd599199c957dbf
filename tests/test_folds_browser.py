"""Folds in a real browser: the switch, its key, links into them, paper, no script, a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

PAGE, OTHER = "chapters/01-token-factory.html", "chapters/02-generation.html"


@pytest.fixture
def tab(chromium: Any, address: str) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    tab = context.new_page()
    tab.goto(f"{address}/{PAGE}")
    yield tab
    context.close()


@pytest.fixture(params=["http", "file"])
def root(request: pytest.FixtureRequest, address: str, site: Path) -> str:
    return address if request.param == "http" else site.as_uri()


def test_a_link_into_a_fold_opens_it_without_a_script_too(chromium: Any, site: Path):
    for script in (True, False):
        context = chromium.new_context(java_script_enabled=script)
        tab = context.new_page()
        tab.goto((site / PAGE).as_uri())
        name = tab.locator("details.fold .cell").nth(6).get_attribute("id")
        tab.goto(f"{(site / PAGE).as_uri()}#{name}")
        tab.wait_for_timeout(200)
        assert tab.locator(f"#{name}").is_visible(), "with a script" if script else "without one"
        context.close()


def test_the_switch_opens_all_code_and_is_remembered(chromium: Any, root: str):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.goto(f"{root}/{PAGE}")
    folds = "document.querySelectorAll('details.fold{}').length"
    count = tab.evaluate(folds.format(""))
    assert count > 20
    assert tab.evaluate(folds.format("[open]")) == 0
    switch = tab.get_by_role("button", name="Show all code")
    switch.click()
    assert switch.get_attribute("aria-pressed") == "true"
    assert tab.evaluate(folds.format("[open]")) == count
    tab.goto(f"{root}/{OTHER}")
    assert tab.evaluate(folds.format(":not([open])")) == 0, "another page remembers"
    tab.keyboard.press("c")
    assert tab.evaluate(folds.format("[open]")) == 0
    tab.reload()
    assert tab.evaluate(folds.format("[open]")) == 0
    context.close()


def test_the_key_does_nothing_while_somebody_types(tab: Any):
    box = tab.locator("input[type=search], input[name=q]").first
    box.focus()
    tab.keyboard.press("c")
    assert tab.locator("details.fold[open]").count() == 0
    assert box.input_value() == "c"
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press("Control+c")
    assert tab.locator("details.fold[open]").count() == 0


def test_what_is_read_stays_in_place_when_code_comes(tab: Any):
    heading = tab.locator("article h2").nth(8)
    heading.scroll_into_view_if_needed()
    tab.evaluate(
        "(y) => scrollTo(0, y)", heading.evaluate("(h) => h.offsetTop - innerHeight / 2 - 20")
    )
    before = heading.bounding_box()["y"]
    tab.keyboard.press("c")
    assert abs(heading.bounding_box()["y"] - before) < 300


def test_on_paper_folds_are_closed_unless_the_switch_is_on(tab: Any):
    tab.emulate_media(media="print")
    assert not tab.locator("details.fold .cell").first.is_visible()
    assert not tab.locator(".fold-switch").is_visible()
    tab.keyboard.press("c")
    assert tab.locator("details.fold .cell").first.is_visible()


@pytest.mark.parametrize("width", [360, 1280, 1440])
def test_open_folds_do_not_widen_the_page(chromium: Any, site: Path, width: int):
    context = chromium.new_context(viewport={"width": width, "height": 900})
    tab, wide = context.new_page(), {}
    for path in sorted((site / "chapters").glob("*.html")):
        tab.goto(path.as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        tab.wait_for_timeout(200)
        needed = tab.evaluate("document.documentElement.scrollWidth")
        wide |= {path.stem: needed} if needed > width else {}
    assert wide == {}
    context.close()
