"""What stands around the text: the drawers of a narrow page, by keyboard, and the page on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.repository import ROOT

pytestmark = pytest.mark.browser

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
NAMES = [entry["file"] for part in TOC["parts"] for entry in part["chapters"]]
CHAPTERS = [name for name in NAMES if name.startswith("chapters/")]
FOCUSED = "document.activeElement"
# What the keyboard reaches although nobody sees it.
UNSEEN = """() => [...document.querySelectorAll(
  "a[href], button, input, select, summary, [tabindex]")]
  .filter((stop) => stop.checkVisibility({ visibilityProperty: true }) && !stop.closest("[inert]"))
  .filter((stop) => !stop.matches(".skip-to-content, [tabindex='-1'], [type=hidden]"))
  .filter((stop) => {
    const { left, right, width } = stop.getBoundingClientRect();
    return right <= 0 || left >= innerWidth || width === 0;
  }).map((stop) => stop.outerHTML.slice(0, 80))"""
A4_WIDTH = 680  # CSS pixels between the margins of print.css, 180 mm
UNFOLD = "document.querySelectorAll('article details').forEach((box) => { box.open = true; })"
CLIPPED = """() => [...document.querySelectorAll("body *")].filter((box) => {
  if (!box.checkVisibility() || box.closest("svg, math")) return false;
  return box.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    || (getComputedStyle(box).overflowX !== "visible" && box.scrollWidth > box.clientWidth + 1);
}).map((box) => [box.className, box.scrollWidth, box.textContent.trim().slice(0, 60)])"""


@pytest.fixture
def phone(chromium: Any, address: str):
    context = chromium.new_context(viewport={"width": 390, "height": 740}, reduced_motion="reduce")
    tab = context.new_page()
    tab.goto(f"{address}/chapters/05-kv-cache.html")
    yield tab
    context.close()


@pytest.mark.parametrize(
    ("name", "drawer"), [("Chapters", ".sidebar-drawer"), ("On this page", ".toc-drawer")]
)
def test_a_drawer_opens_and_closes_by_keyboard_and_holds_the_focus(phone, name, drawer):
    for _ in range(3):
        phone.keyboard.press("Tab")
        if phone.evaluate(f"{FOCUSED}.ariaLabel") == name:
            break
    assert phone.evaluate(f"{FOCUSED}.ariaLabel") == name
    assert phone.evaluate(f"getComputedStyle({FOCUSED}).opacity") == "1"
    assert phone.evaluate(f"{FOCUSED}.ariaExpanded") == "false"
    # a checkbox may be called a button only while it says whether it is pressed
    assert phone.evaluate(f"{FOCUSED}.ariaPressed") == "false"
    panel = phone.locator(drawer)
    assert not panel.is_visible()
    phone.keyboard.press("Enter")
    assert panel.is_visible()
    for _ in range(4):
        assert phone.evaluate(f"{FOCUSED}.closest('{drawer}') !== null")
        phone.keyboard.press("Tab")
    phone.keyboard.press("Escape")
    assert phone.evaluate(f"{FOCUSED}.ariaLabel") == name
    assert not panel.is_visible()
    phone.keyboard.press("Space")
    assert panel.is_visible()


def test_the_menus_icons_still_open_by_touch_and_a_place_on_the_page_closes_its_drawer(phone):
    phone.locator(".nav-overlay-icon").click()
    assert phone.locator(".sidebar-drawer").is_visible()
    phone.locator(".sidebar-overlay").click(position={"x": 370, "y": 400})
    assert not phone.locator(".sidebar-drawer").is_visible()
    phone.locator(".toc-header-icon").click()
    link = phone.locator(".toc-drawer a").nth(3)
    target = link.get_attribute("href")
    link.click()
    assert not phone.locator(".toc-drawer").is_visible()
    assert 0 <= phone.locator(target).first.bounding_box()["y"] < 370


@pytest.mark.parametrize("width", [390, 1100, 1400])
def test_no_stop_of_the_keyboard_is_out_of_sight(chromium: Any, address: str, width: int):
    context = chromium.new_context(viewport={"width": width, "height": 740})
    tab = context.new_page()
    for name in (TOC["root"], "chapters/05-kv-cache"):
        tab.goto(f"{address}/{name}.html")
        assert tab.evaluate(UNSEEN) == []
    context.close()


def test_the_drawers_open_without_javascript(chromium: Any, address: str):
    context = chromium.new_context(
        viewport={"width": 390, "height": 740}, java_script_enabled=False
    )
    tab = context.new_page()
    tab.goto(f"{address}/book/intro.html")
    assert not tab.locator(".sidebar-drawer").is_visible()
    tab.locator(".nav-overlay-icon").click()
    assert tab.locator(".sidebar-drawer").is_visible()
    context.close()


def test_nothing_is_cut_off_on_paper_and_no_menu_is_printed(chromium: Any, site: Path):
    context = chromium.new_context(
        viewport={"width": A4_WIDTH, "height": 1000}, color_scheme="dark", reduced_motion="reduce"
    )
    tab = context.new_page()
    tab.emulate_media(media="print")
    for name in [TOC["root"], *NAMES]:
        tab.goto((site / f"{name}.html").as_uri())
        tab.evaluate(UNFOLD)
        assert (name, tab.evaluate(CLIPPED)) == (name, [])
        for hidden in (".skip-to-content", ".sidebar-drawer", ".toc-drawer", ".mobile-header"):
            assert not tab.locator(hidden).is_visible()
        ink = tab.evaluate("getComputedStyle(document.body).color")
        assert max(int(part) for part in ink[4:-1].split(",")) < 80, "dark ink, whatever the theme"
    context.close()


@pytest.mark.parametrize(
    "wrong", ["chapters/no-such-chapter.html", "book/deep/er/nothing", "nothing"]
)
def test_an_address_without_a_page_leads_back_into_the_book(
    chromium: Any, address: str, wrong: str
):
    tab = chromium.new_page()
    answer = tab.goto(f"{address}/{wrong}")
    assert answer.status == 404
    assert tab.get_by_role("heading", name="No such page").is_visible()
    assert tab.evaluate("getComputedStyle(document.querySelector('.page')).display") == "flex"
    tab.get_by_role("link", name="Start at the first page").click()
    assert tab.url == f"{address}/{TOC['root']}.html"
    tab.goto(f"{address}/{wrong}")
    tab.locator(".search-page input").fill("prefill")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search.html?q=prefill")
    tab.close()


def test_what_a_cell_prints_has_no_button_to_copy_it(chromium: Any, address: str):
    tab = chromium.new_page()
    tab.goto(f"{address}/{CHAPTERS[0]}.html")
    tab.wait_for_selector(".cell_input .copybtn", state="attached")
    assert tab.locator(".cell_output .copybtn").count() == 0
    tab.close()


def test_a_button_that_copies_shows_itself_to_the_keyboard(chromium: Any, address: str):
    tab = chromium.new_page(reduced_motion="reduce")
    tab.goto(f"{address}/chapters/13-serving.html")
    tab.wait_for_selector(".copybtn", state="attached")
    tab.keyboard.press("Tab")
    shown = tab.evaluate(
        """() => {
          const all = [...document.querySelectorAll(".copybtn")];
          const button = all.find((each) => each.checkVisibility());
          button.focus({ focusVisible: true });
          const { opacity, outlineStyle } = getComputedStyle(button);
          return [opacity, outlineStyle];
        }"""
    )
    assert shown == ["1", "solid"]
    tab.close()
