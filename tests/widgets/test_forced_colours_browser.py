"""Where the system imposes its colours: what carries data keeps its own."""

from __future__ import annotations

from collections import Counter

import pytest
from widget_page import STEMS, press, widget_on

pytestmark = pytest.mark.browser

# Every painted box without words, and every shape of a chart: their colours are the data.
PAINTS = """(root) => [...root.querySelectorAll("span, div, svg *")].map((box) => {
  const { backgroundColor, backgroundImage, fill, stroke } = getComputedStyle(box);
  const painted = box.closest("svg") ? [fill, stroke] : [backgroundColor, backgroundImage];
  const bare = box.closest("svg") || !box.textContent.trim();
  return bare ? [box.getAttribute("class"), ...painted].join(" ") : null;
}).filter((paint) => paint && !/ rgba\\(0, 0, 0, 0\\) none$/.test(paint))"""


def paints(page, name):
    element = widget_on(page, name)
    if name == "decode_loop":
        press(element, "Step")
    return element.evaluate(PAINTS)


@pytest.fixture(scope="module")
def own(chromium, host):
    """Return the paints of every widget where nothing is imposed."""
    page = chromium.new_page(color_scheme="light")
    page.goto(f"{host}/index.html")
    yield {name: paints(page, name) for name in STEMS}
    page.close()


def test_what_carries_data_keeps_its_colours(own, visit):
    page = visit("http", forced_colors="active", color_scheme="light")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    for name in STEMS:
        lost = Counter(own[name]) - Counter(paints(page, name))
        assert not lost, (name, lost)
    assert sum(map(len, own.values())) > 500
