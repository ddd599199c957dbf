"""Calculators in a browser: every number and sentence is Python's, and pictures are to scale."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, TEXTS, WAYS, close, count_of, put, rendered, widget_on

from tokenworks.widgets.calculator import calculator, shown_at
from tokenworks.widgets.calculators import MODULES, calculation

pytestmark = pytest.mark.browser
DRAWN = """(root) => {
  const numbers = (one, names) => names.map((name) => Number(one.getAttribute(name)));
  const all = (css) => [...root.querySelectorAll(css)];
  return {
    bars: all("[data-bar]").map((one) => numbers(one, ["x", "width"])),
    words: all("svg text").map((one) => one.textContent),
    dots: Object.fromEntries(all("[data-dot]").map((one) =>
      [one.dataset.dot, numbers(one, ["cx", "cy"])])),
    lines: Object.fromEntries(all("[data-line]").map((one) =>
      [one.dataset.line,
        one.getAttribute("points").split(" ").map((p) => p.split(",").map(Number))])),
    gates: Object.fromEntries(all("[data-gate]").map((one) => [one.dataset.gate, one.textContent])),
    label: root.querySelector("svg").getAttribute("aria-label"),
    width: Number(root.querySelector("svg").getAttribute("width")),
  };
}"""
TRIED = 12  # of each calculator, more than fifty of all


@pytest.mark.parametrize("way", WAYS)
def test_the_frontier_shows_what_python_says(visit, way):
    check_calculator(widget_on(visit(way), "calculator"), "frontier", count_of(way, 30))


def test_every_other_calculator_shows_what_python_says(visit):
    page = visit("live")
    for name in MODULES:
        if name != "frontier":
            check_calculator(rendered(page, calculator(name)), name, TRIED)


def check_calculator(element, name, tries):
    of, random = calculation(name), Random(14)
    for turn in range(tries):
        place = of.start if not turn else random.choice(of.places())
        put(element, of.grid, place)
        shown, want = dict(element.evaluate(RAW)), shown_at(name, place)
        told = element.evaluate(TEXTS)["tw-story"]
        assert told == want["story"], place
        drawn = element.evaluate(DRAWN)
        assert drawn["label"].endswith(told)
        for each in of.outputs:
            if not each.drawn:
                check_row(each, shown, want)
                assert drawn["gates"].get(each.name, "") == gate_text(each, want[each.name])
        check_picture(of, place, drawn=drawn, want=want)


def check_row(output, shown, want):
    names = [output.name, f"{output.name}.floor"] if output.floor else [output.name]
    for name in names:
        raw, text = shown[name]
        assert text == output.text(want[name])
        assert close(raw, want[name] or 0)


def gate_text(output, value):
    if value is None or (output.least is None and output.most is None):
        return ""
    low, high = output.least, output.most
    passed = (low is None or value >= low) and (high is None or value <= high)
    return "passed" if passed else "not passed"


def check_picture(of, place, *, drawn, want):
    picture = of.picture
    if picture.kind == "bars":
        values = [want[name] or 0 for name, _ in picture.parts]
        check_bars(drawn, values, whole=sum(values) if picture.stacked else max(values))
        for name, _ in picture.parts:
            (output,) = (each for each in of.outputs if each.name == name)
            assert f"{output.label}: {output.text(want[name])}" in drawn["words"]
    elif picture.kind == "across":
        places = [place | {picture.over: value} for value in of.grid[picture.over]]
        values = [shown_at(of.name, each)[picture.output] or 0 for each in places]
        check_bars(drawn, values, whole=max(values))
    else:
        check_lines(of, place, drawn)


def check_bars(drawn, values, *, whole):
    assert len(drawn["bars"]) == len(values)
    scale = (drawn["width"] - 8) / (whole or 1)
    for (_, width), value in zip(drawn["bars"], values, strict=True):
        assert width == pytest.approx(value * scale, abs=0.05)


def check_lines(of, place, drawn):
    picture, values = of.picture, of.grid[of.picture.over]
    for name, *_ in picture.lines:
        seen = [shown_at(of.name, place | {picture.over: value})[name] for value in values]
        line = drawn["lines"].get(name, [])
        there = [value for value in seen if value]
        assert len(line) == len(there)
        heights = [y for _, y in line]
        ordered = sorted(zip(there, heights, strict=True))
        assert [y for _, y in ordered] == sorted(heights, reverse=True), "higher is more"
        assert [x for x, _ in line] == sorted(x for x, _ in line)
        here = seen[values.index(place[picture.over])]
        if here:
            at = sum(1 for value in seen[: values.index(place[picture.over])] if value)
            assert drawn["dots"][name] == pytest.approx(line[at], abs=0.05)
        else:
            assert name not in drawn["dots"]


def test_the_keyboard_takes_a_larger_batch(visit):
    page = visit("http")
    element = widget_on(page, "calculator")
    slider = element.get_by_label("Sequences at once")
    slider.focus()
    page.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") == "256"
    assert element.evaluate(TEXTS)["tw-story"].startswith("Does not fit")
