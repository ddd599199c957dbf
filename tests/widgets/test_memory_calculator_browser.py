"""SIM-12 in a browser: the planner's module with its other table, every number Python's."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import CUT_LISTS, RAW, close, put, rendered

from tokenworks.widgets import kit
from tokenworks.widgets.kv_planner import FILL, plan_at
from tokenworks.widgets.memory_calculator import FORMATS, memory_calculator, room_text

pytestmark = pytest.mark.browser
RIGHTMOST = """(e) => Math.max(
  ...[...e.querySelectorAll("*")].map((one) => one.getBoundingClientRect().right))"""
COUNTERS = {
    "cache_room": lambda room: kit.bytes_text(room) if room else "none",
    "room": kit.count_text,
    "one": kit.bytes_text,
}


def test_every_number_is_pythons(visit):
    widget, random = memory_calculator(), Random(12)
    element, grid = rendered(visit("live"), widget), widget.grid()
    refused = 0
    for i in range(60):
        state = {
            name: values[i % len(values)] if i < 10 else random.choice(values)
            for name, values in grid.items()
        }
        put(element, grid, state)
        shown = dict(element.evaluate(RAW))
        try:
            plan = plan_at(state)
        except ValueError:
            refused += 1
            assert not [name for name in shown if name.startswith("size-")]
            continue
        for name, text in COUNTERS.items():
            assert close(shown[name][0], plan[name]), (name, state)
            assert shown[name][1] == text(plan[name]), (name, state)
        check_formats(shown, state)
    assert 0 < refused < 15


def check_formats(shown, state):
    for name in FORMATS:
        plan = plan_at(state | {"weights": name, "wanted": FILL})
        assert close(shown[f"size-{name}"][0], plan["weights"])
        assert close(shown[f"room-{name}"][0], plan["cache_room"])
        assert shown[f"room-{name}"][1] == room_text(plan)
        assert shown[f"batch-{name}"][1] == kit.count_text(plan["room"])


def test_the_chosen_format_is_marked_and_the_chips_are_not_listed(visit):
    widget = memory_calculator()
    element = rendered(visit("live"), widget)
    put(element, widget.grid(), {"weights": "nvfp4"})
    picked = element.evaluate("e => e.querySelector('.tw-picked th').textContent")
    assert picked == "NVFP4"
    assert element.evaluate("e => e.querySelectorAll('[data-cell^=rent]').length") == 0
    assert "GPU memory calculator" in element.inner_text()
    assert element.evaluate("e => e.querySelector('label[for*=wanted]').textContent") == "Batch"


def test_what_does_not_fit_is_named_instead_of_a_room_of_nothing(visit):
    element = rendered(visit("live"), memory_calculator("llama-3-70b", "h100-sxm", 1))
    says = element.evaluate("e => e.querySelector('.tw-story').textContent")
    assert says.startswith("The weights and the runtime do not fit on 1 × H100 SXM: 57.89 GB")
    assert says.endswith("are missing before any conversation.")
    shown = dict(element.evaluate(RAW))
    assert shown["cache_room"][1] == "none"
    assert shown["room-bf16"][1] == "weights do not fit"
    assert "unusable" not in shown
    assert element.evaluate("e => e.querySelectorAll('.tw-beyond').length") == 1
    assert "0 B" not in element.inner_text()


@pytest.mark.parametrize("width", [360, 1280])
def test_no_list_cuts_an_option(visit, width):
    element = rendered(visit("live", width=width), memory_calculator())
    assert element.evaluate(CUT_LISTS) == []


def test_a_phone_shows_all_of_it(visit):
    page = visit("live", width=360)
    element = rendered(page, memory_calculator("llama-3-405b", "rtx-4090", 1, wanted=256))
    assert not element.evaluate("e => e.scrollWidth > e.clientWidth")
    edge = (
        "e => Math.max(...[...e.querySelectorAll('*')].map((o) => o.getBoundingClientRect().right))"
    )
    assert element.evaluate(edge) <= 360


def test_a_size_keeps_its_unit_on_its_line_where_a_page_is_a_phone(visit):
    page = visit("live", width=360)
    page.evaluate("document.body.style.padding = '0 8px'")  # as the book's pages have
    element = rendered(page, memory_calculator())
    tall = """(e) => [...e.querySelectorAll('td[data-cell^=size], td[data-cell^=room]')]
      .map((cell) => { const r = document.createRange(); r.selectNodeContents(cell);
        return r.getBoundingClientRect().height; })"""
    assert max(element.evaluate(tall)) < 24
