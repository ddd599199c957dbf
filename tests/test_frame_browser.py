"""The first screen of a chapter: title, thesis, picture and guess, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from test_frame import CHAPTERS, NEW

pytestmark = pytest.mark.browser
BOTTOMS = """() => Object.fromEntries(["h1", ".thesis", ".tag_hero svg", "[data-widget=guess]"].map(
  (css) => [css, [...document.querySelectorAll(css)].find((e) => e.checkVisibility())
    ?.getBoundingClientRect().bottom]))"""


GUESS = "[data-widget=guess]"
SIZES = [(1280, 900), (412, 823), (360, 740)]
DESK_AND_PHONE = (SIZES[0], SIZES[-1])


@pytest.fixture(scope="module")
def tabs(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Keep a tab for each size, with and without what draws: loading anew is a third of opening."""
    known: dict[tuple[int, int, bool], Any] = {}

    def tab(width: int, height: int, *, drawn: bool) -> Any:
        if (width, height, drawn) not in known:
            opened = chromium.new_page(viewport={"width": width, "height": height})
            known[width, height, drawn] = opened
            if not drawn:
                opened.route("**/widgets/widgets*.js", lambda route: route.abort())
        return known[width, height, drawn]

    yield tab
    for each in known.values():
        each.close()


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("stem", NEW)
def test_the_opener_fits_into_the_first_screen_and_the_guess_stands_still_while_it_is_drawn(
    tabs: Any, site: Any, *, stem: str, width: int, height: int
):
    tops = []
    for drawn in (False, True):
        tab = tabs(width, height, drawn=drawn)
        tab.goto((site / f"chapters/{stem}.html").as_uri())
        if drawn:
            tab.wait_for_selector(f"{GUESS}[data-ready]")
        tops.append(tab.locator(GUESS).first.bounding_box()["y"])
    assert tops[0] == pytest.approx(tops[1], abs=0.05 * height)
    if (width, height) in DESK_AND_PHONE:
        bottoms = tab.evaluate(BOTTOMS)
        assert list(bottoms.values()) == sorted(bottoms.values()), "in this order"
        assert bottoms[GUESS] <= height


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
