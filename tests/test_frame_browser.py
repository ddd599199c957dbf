"""The first screen of a chapter: title, thesis, picture and guess, on a desk and on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from test_frame import CHAPTERS, NEW

pytestmark = pytest.mark.browser
BOTTOMS = """() => Object.fromEntries(["h1", ".thesis", ".tag_hero svg", "[data-widget=guess]"].map(
  (css) => [css, [...document.querySelectorAll(css)].find((e) => e.checkVisibility())
    ?.getBoundingClientRect().bottom]))"""


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (360, 740)])
@pytest.mark.parametrize("stem", NEW)
def test_the_opener_fits_into_the_first_screen(
    chromium: Any, site: Any, *, stem: str, width: int, height: int
):
    tab = chromium.new_page(viewport={"width": width, "height": height})
    tab.goto((site / f"chapters/{stem}.html").as_uri())
    tab.wait_for_selector("[data-widget=guess][data-ready]")
    bottoms = tab.evaluate(BOTTOMS)
    tab.close()
    assert list(bottoms.values()) == sorted(bottoms.values()), "in this order"
    assert bottoms["[data-widget=guess]"] <= height


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (412, 823), (360, 740)])
@pytest.mark.parametrize("stem", NEW)
def test_the_guess_stands_still_while_the_picture_is_drawn(
    chromium: Any, site: Any, *, stem: str, width: int, height: int
):
    context = chromium.new_context(viewport={"width": width, "height": height})
    tops = []
    for drawn in (False, True):
        tab = context.new_page()
        if not drawn:
            tab.route("**/widgets/widgets*.js", lambda route: route.abort())
        tab.goto((site / f"chapters/{stem}.html").as_uri())
        if drawn:
            tab.wait_for_selector("[data-widget=guess][data-ready]")
        tops.append(tab.locator("[data-widget=guess]").first.bounding_box()["y"])
    context.close()
    assert tops[0] == pytest.approx(tops[1], abs=0.05 * height)


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_folded_opens_and_its_anchors_are_found(chromium: Any, site: Any, scripts: bool):
    context = chromium.new_context(java_script_enabled=scripts)
    tab = context.new_page()
    stem = (NEW or CHAPTERS)[0]
    tab.goto((site / f"chapters/{stem}.html").as_uri())
    first = tab.locator("details.objectives")
    assert not first.locator("li").first.is_visible()
    first.locator("summary").click()
    assert first.locator("li").first.is_visible()
    if NEW:
        tab.goto((site / f"chapters/{stem}.html").as_uri() + "#exercises")
        tab.locator("#exercises p").first.wait_for(state="visible")
    context.close()
