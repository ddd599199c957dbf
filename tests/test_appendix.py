"""Appendices fold on the site: their headings stay, a link opens them, all of it is in the page."""

import pytest
from playwright.sync_api import expect

PAGE = "chapters/08-flash-attention.html"
NAMES = ("against-a-measurement", "what-xla-does-by-itself", "the-way-back")

pytestmark = pytest.mark.browser


def appendix(page, name):
    return page.locator(f"section#appendix-{name} > details.appendix")


@pytest.fixture
def page(chromium):
    tab = chromium.new_page(viewport={"width": 1280, "height": 900})
    yield tab
    tab.close()


def test_each_is_folded_below_its_heading_until_the_keyboard_opens_it(page, site):
    page.goto((site / PAGE).as_uri())
    for name in NAMES:
        fold = appendix(page, name)
        expect(page.locator(f"section#appendix-{name} > h2")).to_be_visible()
        expect(fold.locator("p").first).to_be_hidden()
        fold.locator("summary").first.press("Enter")
        expect(fold.locator("p").first).to_be_visible()
    assert page.locator("details.appendix").count() == len(NAMES)


def test_a_link_to_one_or_into_one_opens_it(page, site):
    page.goto(f"{(site / PAGE).as_uri()}#appendix-the-way-back")
    expect(appendix(page, "the-way-back").locator("p").first).to_be_visible()
    inner = appendix(page, "what-xla-does-by-itself").locator("details.fold [id]").first
    where = inner.get_attribute("id")
    page.evaluate("(id) => (location.hash = id)", where)
    expect(appendix(page, "what-xla-does-by-itself").locator("p").first).to_be_visible()
    assert page.locator(f"[id='{where}']").evaluate("e => e.getBoundingClientRect().top") < 900
