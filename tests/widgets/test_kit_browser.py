"""The kit in a browser: its arithmetic and its formats equal their Python twins."""

from __future__ import annotations

from random import Random

import pytest

from tokenworks.percentiles import percentile
from tokenworks.widgets import kit
from tokenworks.widgets.stage import widget_text

pytestmark = pytest.mark.browser
POINTS = 60


@pytest.fixture(scope="module")
def kit_page(chromium):
    page = chromium.new_page()
    yield page
    page.close()


def call(page, expression, points, *, parts=("_kit.js",)):
    script = "\n".join(widget_text(part) for part in parts)
    return page.evaluate(f"(inputs) => {{ {script}; return inputs.map({expression}) }}", points)


def test_arithmetic_equals_its_python_twin(kit_page):
    random = Random(0)
    lists = [[random.uniform(-9, 9) for _ in range(1 + i % 7)] for i in range(POINTS)]
    for name, twin in {
        "sum": kit.sum_left,
        "cumulative": kit.cumulative,
        "softmax": kit.softmax,
    }.items():
        for got, values in zip(call(kit_page, f"(p) => {name}(p)", lists), lists, strict=True):
            assert got == pytest.approx(twin(values), rel=1e-12, abs=1e-12), name
    pairs = [[random.uniform(0, 9), random.choice([0, random.uniform(1, 9)])] for _ in lists]
    for got, pair in zip(call(kit_page, "([a, b]) => ratio(a, b)", pairs), pairs, strict=True):
        assert got == kit.ratio(*pair)
    asked = [[values, random.choice([0, 10, 50, 90, 99, 100])] for values in lists]
    found = call(kit_page, "([values, q]) => percentile(values, q)", asked)
    assert found == pytest.approx([percentile(*one) for one in asked], rel=1e-12)
    rooms = [[random.uniform(-9, 99), random.uniform(0.1, 9)] for _ in lists]
    for got, pair in zip(call(kit_page, "([a, b]) => wholes(a, b)", rooms), rooms, strict=True):
        assert got == kit.wholes(*pair)


def test_formats_equal_their_python_twins(kit_page):
    random = Random(1)
    sizes = [0, 999, 1000, 20_625, 20_375, 12_344_500]
    sizes += (int(10 ** random.uniform(0, 16)) for _ in range(POINTS))
    times = [0, 1, 1e-3, *(10 ** random.uniform(-9, 4) for _ in range(POINTS))]
    shares = [0, 1, 0.1, 1e-4, 0.125, *(10 ** random.uniform(-7, 0) for _ in range(POINTS))]
    for name, twin, points in [
        ("bytesText", kit.bytes_text, sizes),
        ("flopsText", kit.flops_text, sizes),
        ("secondsText", kit.seconds_text, times),
        ("shortSeconds", kit.short_seconds, times),
        ("shortBytes", kit.short_bytes, sizes),
        ("probabilityText", kit.probability_text, shares),
        ("countText", kit.count_text, sizes),
    ]:
        assert call(kit_page, f"(p) => {name}(p)", points) == [twin(p) for p in points]


def test_words_for_a_miss_equal_their_python_twin(kit_page):
    random = Random(2)
    pairs = [[10 ** random.uniform(-3, 6), 10 ** random.uniform(-3, 6)] for _ in range(POINTS)]
    pairs += [
        [truth * far, truth] for far in (1, 1.004, 1.006, 1.09, 1.11, 9.96) for truth in (3, 7)
    ]
    found = call(kit_page, "([guess, truth]) => offText(guess, truth)", pairs)
    assert found == [kit.off_text(*pair) for pair in pairs]


def test_an_axis_puts_its_ends_on_the_ends_and_its_middle_in_the_middle(kit_page):
    parts = ("_kit.js", "_chart.js")
    ends = [[[0, 10], [50, 250]], [[2, 6], [100, 0]], [[0, 0], [3, 9]]]
    places = "([values, pixels]) => [...values, (values[0] + values[1]) / 2]"
    found = call(kit_page, f"(e) => ({places})(e).map(axis(...e))", ends, parts=parts)
    assert found == [[50, 250, 150], [100, 0, 50], [3, 3, 3]]
    decades = "([values, pixels]) => [1, 10, 100, 1000].map(logAxis(values, pixels))"
    (found,) = call(kit_page, decades, [[[1, 1000], [0, 90]]], parts=parts)
    assert found == pytest.approx([0, 30, 60, 90])
