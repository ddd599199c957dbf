"""The tile walk in a browser: every row is Python's, and it plays by itself."""

from __future__ import annotations

import pytest
from widget_page import hurry, press, put, set_control, widget_on

from tokenworks.widgets.tile_walk import GRID, walk

pytestmark = pytest.mark.browser
WALKED = """(root) => ({
  rows: Object.fromEntries([...root.querySelectorAll("[data-walk]")].map((cell) =>
    [cell.dataset.walk, cell.textContent])),
  tile: root.querySelectorAll(".tw-walk .tw-tile").length,
  scores: [...root.querySelectorAll(".tw-walk .tw-bar-ink")].map((text) => text.textContent),
})"""


def signed(number, places=3):
    return f"{number:.{places}f}".replace("-", "−")


@pytest.mark.parametrize("example", GRID["example"])
def test_the_walk_shows_every_row_of_every_tile(visit, example):
    element = widget_on(visit("file", reduced_motion="reduce"), "tile_walk")
    for causal in GRID["causal"]:
        put(element, GRID, {"causal": causal, "example": example})
        found, rows = walk(example, causal), {}
        for i, step in enumerate(found["steps"]):
            hurry(element, "Next tile", 1)
            first, last = step["rows"]
            for r in range(first, last):
                at = r - first
                rows[r] = [[step["m"][at]], [step["l"][at]], step["o"][at]]
            done = i + 1 == len(found["steps"])
            shown = element.evaluate(WALKED)
            for r, (m, l, o) in rows.items():
                numbers = [m, l, found["out"][r] if done else o]
                for name, values in zip("mlo", numbers, strict=True):
                    assert shown["rows"][f"{name}-{r}"] == ", ".join(map(signed, values))
            keys = range(*step["keys"])
            tile = [found["scores"][r][c] for r in range(first, last) for c in keys]
            assert shown["tile"] == len(tile)
            assert shown["scores"] == ["" if x is None else signed(x, 1) for x in tile] or (
                "" not in shown["scores"]
            )
        assert element.get_by_role("button", name="Next tile").is_disabled()


def test_the_keyboard_walks_and_a_mask_starts_anew(visit):
    page = visit("http", reduced_motion="reduce")
    element = widget_on(page, "tile_walk")
    element.get_by_role("button", name="Next tile").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert "Tile 2 of 10: queries 2 to 3 meet keys 0 to 1." in element.inner_text()
    press(element, "To the end")
    assert "Tile 10 of 10" in element.inner_text()
    set_control(element, "causal", GRID["causal"], value=False)
    assert "Nothing is read yet. 16 tiles to come." in element.inner_text()


def test_it_plays_by_itself_once_it_is_in_view_until_somebody_touches_it(visit):
    page = visit("http")
    page.clock.install()
    page.reload()
    element = widget_on(page, "tile_walk")
    element.get_by_role("button", name="Pause").wait_for()
    assert element.locator(".tw-story").get_attribute("aria-live") == "off"
    page.clock.run_for(3000)
    assert "Tile 2 of 10" in element.inner_text()
    press(element, "Back")
    page.clock.run_for(6000)
    assert "Tile 1 of 10" in element.inner_text()
    press(element, "Play")
    page.clock.run_for(20_000)
    assert "Tile 10 of 10" in element.inner_text()


def test_it_stands_still_where_no_motion_is_wanted(visit):
    page = visit("http", reduced_motion="reduce")
    element = widget_on(page, "tile_walk")
    page.wait_for_timeout(1800)
    assert "Nothing is read yet." in element.inner_text()
    assert element.get_by_role("button", name="Play", exact=True).count() == 0
