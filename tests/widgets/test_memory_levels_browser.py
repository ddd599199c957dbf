"""SIM-05 in a browser: hover, focus and tap show what Python says of each memory."""

from __future__ import annotations

import pytest
from widget_page import RAW, WAYS, close, set_control, widget_on

from tokenworks.data.chip_memory import levels
from tokenworks.widgets import kit
from tokenworks.widgets.memory_levels import GRID, level_facts, main_level

pytestmark = pytest.mark.browser
TEXTS = {
    "capacity_bytes": kit.bytes_text,
    "bytes_per_s": lambda value: f"{kit.bytes_text(value)}/s",
    "latency_seconds": kit.seconds_text,
    "gigabyte_seconds": kit.seconds_text,
    "weights_seconds": kit.seconds_text,
    "step": lambda value: f"{kit.count_text(value)}×",
}
DRAWN = """(root) => ({
  story: root.querySelector(".tw-story").textContent,
  links: [...root.querySelectorAll(".tw-sources a")].map((a) => a.href),
  active: root.querySelector(".tw-level.tw-active").dataset.box,
})"""


def box(element, level):
    return element.locator(f"button[data-level='{level}']")


def check(element, chip, level):
    shown, want = dict(element.evaluate(RAW)), level_facts(chip, level)
    for name, text in TEXTS.items():
        if want[name] is None:
            assert shown[name][1] == "not published", (chip, level, name)
        else:
            assert close(shown[name][0], want[name]), (chip, level, name)
            assert shown[name][1] == text(want[name])
    row, drawn = levels(chip)[level], element.evaluate(DRAWN)
    assert drawn["story"].startswith(f"{row.label}: ")
    assert row.source in drawn["links"]
    assert drawn["active"] == str(level)


@pytest.mark.parametrize("way", WAYS)
def test_every_number_is_pythons_on_hover_focus_and_tap(visit, way):
    page, points = visit(way), 0
    element = widget_on(page, "memory_levels")
    for chip in GRID["chip"] if way == "http" else ["tpu-v5e"]:
        set_control(element, "chip", GRID["chip"], value=chip)
        check(element, chip, main_level(chip))
        for level in range(len(levels(chip))):
            box(element, level).hover()
            check(element, chip, level)
            page.mouse.move(0, 0)
            check(element, chip, main_level(chip))  # the look around is over
            points += 1
        for level in range(len(levels(chip))):
            box(element, level).focus()
            check(element, chip, level)
            box(element, level).click()
            page.mouse.move(0, 0)
            check(element, chip, level)
            assert box(element, level).get_attribute("aria-pressed") == "true"
            points += 2
    assert points >= 50 or way != "http"


def test_a_finger_opens_a_level(visit):
    page = visit("http", width=360, has_touch=True)
    element = widget_on(page, "memory_levels")
    box(element, 0).tap()
    check(element, "h100-sxm", 0)


def test_arrow_keys_move_inwards_and_outwards(visit):
    page = visit("file")
    element = widget_on(page, "memory_levels")
    box(element, 5).focus()
    for key, level in (("ArrowDown", 4), ("ArrowRight", 3), ("ArrowUp", 4), ("ArrowLeft", 5)):
        page.keyboard.press(key)
        check(element, "h100-sxm", level)
    page.keyboard.press("ArrowUp")
    check(element, "h100-sxm", 5)
    page.keyboard.press("Tab")
    check(element, "h100-sxm", 4)


def test_addresses_in_notes_are_links(visit):
    element = widget_on(visit("http"), "memory_levels")
    box(element, 2).click()
    note = element.locator(".tw-note").first
    assert "https://" not in note.text_content()
    assert note.locator("a").first.text_content() == "jax-ml.github.io"


def test_python_sees_and_sets_the_level(visit):
    page = visit("live")
    element = widget_on(page, "memory_levels")
    box(element, 1).click()
    assert page.evaluate("window.models.memory_levels.get('state').level") == 1
    page.mouse.move(0, 0)
    page.evaluate("models.memory_levels.set('state', {chip: 'tpu-v5e', level: 1})")
    check(element, "tpu-v5e", 1)
