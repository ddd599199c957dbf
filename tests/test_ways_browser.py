"""Terms and outline in a browser: hover, focus, tap, Escape, no JavaScript, a narrow screen."""

from __future__ import annotations

import re
from typing import Any

import pytest

from book._ext.unwritten import with_notes
from tests.test_ways import later
from tools.contents import chapters, with_links

pytestmark = pytest.mark.browser
STEM = f"{chapters()['kv-cache'].number:02d}-kv-cache"

STILL = """() => new Promise((done) => {
  const high = document.body.scrollHeight;
  setTimeout(() => done(high === document.body.scrollHeight), 200);
})"""
BESIDE = """([word, note]) => {
  const at = word.getBoundingClientRect(), box = note.getBoundingClientRect();
  const apart = Math.min(Math.abs(box.top - at.bottom), Math.abs(at.top - box.bottom));
  const along = box.left <= at.right && at.left <= box.right;
  return note.matches(":popover-open") && apart < 12 && along;
}"""


@pytest.fixture
def opened(chromium: Any, site: Any) -> Any:
    """Open a chapter from disk under some options of a browser."""
    contexts = []

    def open_page(width: int = 1280, height: int = 900, **options: Any) -> Any:
        contexts.append(
            chromium.new_context(viewport={"width": width, "height": height}, **options)
        )
        tab = contexts[-1].new_page()
        tab.goto((site / f"chapters/{STEM}.html").as_uri())
        return tab

    yield open_page
    for context in contexts:
        context.close()


def note_of(tab: Any, word: Any) -> Any:
    return tab.locator(f"#{word.get_attribute('popovertarget')}")


def test_a_term_opens_on_hover_beside_its_word_and_closes_behind_the_pointer(opened: Any):
    tab = opened()
    word = tab.locator(".term").nth(2)
    note = note_of(tab, word)
    word.scroll_into_view_if_needed()
    assert not note.is_visible()
    word.hover()
    tab.wait_for_function(BESIDE, arg=[word.element_handle(), note.element_handle()])
    box = note.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1280
    tab.mouse.move(2, 2)
    note.wait_for(state="hidden")


def test_a_term_opens_by_keyboard_and_escape_closes_it(opened: Any):
    tab = opened()
    word = tab.locator(".term").first
    tab.evaluate("document.querySelector('article h1').setAttribute('tabindex', '-1')")
    tab.locator("article h1").focus()
    for _ in range(40):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.className") == "term":
            break
    note_of(tab, word).wait_for(state="visible")
    tab.keyboard.press("Escape")
    note_of(tab, word).wait_for(state="hidden")
    tab.keyboard.press("Enter")
    note_of(tab, word).wait_for(state="visible")


def test_a_note_closes_when_the_keyboard_leaves_it(opened: Any):
    tab = opened()
    tab.keyboard.press("Tab")  # focus shows from here on
    word = tab.locator(".term").first
    word.focus()
    note = note_of(tab, word)
    note.wait_for(state="visible")
    tab.keyboard.press("Tab")
    inside = "(id) => document.getElementById(id).contains(document.activeElement)"
    assert tab.evaluate(inside, note.get_attribute("id")), "its link comes next"
    assert note.is_visible()
    tab.keyboard.press("Tab")
    note.wait_for(state="hidden")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_tap_opens_a_sheet_at_the_foot_of_a_phone_with_and_without_scripts(
    opened: Any, scripts: bool
):
    tab = opened(360, 740, has_touch=True, java_script_enabled=scripts)
    word = tab.locator(".term").nth(1)
    word.scroll_into_view_if_needed()
    word.tap()
    note = note_of(tab, word)
    note.wait_for(state="visible")
    box = note.bounding_box()
    assert box["y"] + box["height"] == pytest.approx(740, abs=1)
    assert (box["x"], box["width"]) == (0, 360)


@pytest.mark.parametrize("way", ["hover", "tap", "keyboard"])
def test_a_mention_of_an_unwritten_chapter_says_so_beside_each_place(
    way: str, opened: Any, *, address: str, site: Any, monkeypatch: Any
):
    one, _ = later(monkeypatch)
    mention = f"<p>As {with_links(f'[one day](chapter:{one.name})', 'here')} shows.</p>"
    text = (site / f"chapters/{STEM}.html").read_text(encoding="utf-8")
    before, *rest = re.split(r"(?=<h2)", text, maxsplit=2)
    body = with_notes(mention + mention.join(rest), "../book/intro.html")
    tab = opened(has_touch=way == "tap", reduced_motion="reduce")
    tab.route("**/mentioning.html", lambda it: it.fulfill(body=before + body, status=200))
    tab.goto(f"{address}/chapters/mentioning.html")
    tab.keyboard.press("Tab")  # focus shows from here on, as it does for those who use the keys
    target = tab.locator(".unwritten").first.get_attribute("popovertarget")
    words = tab.locator(f"article [popovertarget={target}]").all()
    assert len(words) == 2
    tab.wait_for_function(STILL)
    for word in words:
        word.scroll_into_view_if_needed()
        tab.wait_for_function(STILL)
        {"hover": word.hover, "tap": word.tap, "keyboard": word.focus}[way]()
        note = note_of(tab, word)
        tab.wait_for_function(BESIDE, arg=[word.element_handle(), note.element_handle()])
        assert "Not written yet." in note.inner_text()
        if way == "tap":
            tab.keyboard.press("Escape")  # it may cover the next one


@pytest.mark.parametrize("width", [1280, 1366, 1920])
def test_the_outline_stands_beside_the_text(opened: Any, width: int):
    tab = opened(width)
    outline = tab.locator(".toc-tree")
    box, text = outline.bounding_box(), tab.locator("article").bounding_box()
    assert outline.is_visible()
    assert box["x"] >= text["x"] + text["width"]
    assert box["x"] + box["width"] <= width
    assert not tab.locator(".toc-content-icon").is_visible()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_a_narrow_page_keeps_its_outline_in_the_drawer(opened: Any):
    tab = opened(1100)
    assert tab.locator(".toc-content-icon").is_visible()
    assert tab.locator(".toc-drawer").bounding_box()["x"] >= 1085
