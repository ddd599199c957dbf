"""Slices in a browser: bars as long as their bytes, the smallest that fits, the compiler's word."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import TEXTS, WAYS, count_of, put, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.topology_picker import GRID, shown_at, smallest, tabulated, topology_picker

pytestmark = pytest.mark.browser
DRAWN = """(root) => {
  const bars = (part) => Object.fromEntries([...root.querySelectorAll(`[data-${part}]`)].map(
    (one) => [one.dataset[part], ["x", "width"].map((name) => Number(one.getAttribute(name)))]));
  return {
    weights: bars("weights"), cache: bars("cache"),
    limit: Number(root.querySelector(".tw-limit").getAttribute("x1")),
    texts: [...root.querySelectorAll("svg text")].map((one) => one.textContent),
    taken: root.querySelectorAll(".tw-taken").length,
    chips: root.querySelectorAll(".tw-chip").length,
    width: Number(root.querySelector("svg").getAttribute("width")),
  };
}"""
LEFT = 78


@pytest.mark.parametrize("way", WAYS)
def test_it_shows_what_python_says(visit, way):
    element, random = widget_on(visit(way), "topology_picker"), Random(15)
    names = ("model", "formats", "shape", "batch", "context_tokens")
    words = tabulated()["compiled"]
    asked = [dict(zip(names, key.split(), strict=True)) for key in words]
    for turn in range(count_of(way, 60)):
        state = {name: random.choice(values) for name, values in GRID.items()}
        if turn < len(asked):  # first what the compiler was asked
            one = asked[turn]
            state = {"model": one["model"], "formats": one["formats"]}
            state |= {name: int(one[name]) for name in ("batch", "context_tokens")}
        put(element, GRID, state)
        check(element, shown_at(**state), state)


def check(element, rows, state):
    drawn, story = element.evaluate(DRAWN), element.evaluate(TEXTS)["tw-story"]
    found = smallest(rows)
    assert story.startswith("No slice holds it" if found is None else "The smallest slice")
    if found is not None:
        (row,) = (row for row in rows if row["shape"] == found)
        assert f" is {found}: " in story
        assert kit.bytes_text(row["weights"]) in story
        assert kit.bytes_text(row["cache"]) in story
    axes = tabulated()["axes"]
    sizes = {row["shape"]: axes[row["shape"]][0] * axes[row["shape"]][1] for row in rows}
    assert drawn["chips"] == sum(sizes.values())
    assert drawn["taken"] == sizes.get(found, 0)
    scale = (drawn["limit"] - LEFT) / tabulated()["usable"]
    right = drawn["width"] - 4
    for row in rows:
        check_row(row, drawn, scale=scale, right=right)


def check_row(row, drawn, *, scale, right):
    weights, cache = drawn["weights"][row["shape"]], drawn["cache"][row["shape"]]
    held = min(right, LEFT + scale * row["held"])
    middle = min(held, LEFT + scale * row["weights"])
    assert weights == pytest.approx([LEFT, middle - LEFT], abs=0.05)
    assert cache == pytest.approx([middle, held - middle], abs=0.05)
    fits = "fits" if row["fits"] else "does not fit"
    text = f"as {row['shape']}: {kit.bytes_text(row['held'])}, {fits}"
    assert any(each.endswith(text) for each in drawn["texts"])
    if row["compiler"]:
        said, needed, _ = row["compiler"]
        word = f"compiler: {'fits' if said else 'refused'}, {kit.bytes_text(needed)}"
        assert any(each.startswith(word) for each in drawn["texts"])


def test_the_keyboard_takes_more_sequences(visit):
    page = visit("http")
    element = widget_on(page, "topology_picker")
    state = dict(topology_picker().state)
    slider = element.get_by_label("Sequences at once")
    slider.focus()
    page.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") == "256"
    want = smallest(shown_at(**(state | {"batch": 256})))
    assert f"is {want}:" in element.evaluate(TEXTS)["tw-story"]
