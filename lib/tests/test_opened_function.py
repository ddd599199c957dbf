"""Functions opened at a call: the branch that was taken, down to where arithmetic stands."""

import ast
import functools
import math

import pytest

from tokenworks import chip, model_spec
from tokenworks.cost import (
    Deployment,
    decode_seconds,
    matmul_operation,
    parameter_count,
    prefill_seconds,
)
from tokenworks.opened_function import is_arithmetic, opened


def text(found):
    return None if found is None else ast.unparse(found.tree)


def scaled(x, by=2):
    if by == 1:
        return x
    wide = x * by
    wide += 0 * x
    wide += 1
    return wide


def handed_on(x):
    return float(scaled(x, by=3))


def chosen(x):
    return scaled(x) if x > 1 else x - 1


def swapped(x):
    large = max(x, 2)
    large = max(large, 3)
    return large / 2


def looped(xs):
    for x in xs:
        if x:
            return x
    return 0


def added(x):
    return math.fsum(x * each for each in (1, 2))


def added_first(x):
    later = math.fsum(x * each for each in (1, 2))
    return x + later


@functools.cache
def cached(x):
    return x**2


class Box:
    side = 3

    @property
    def area(self):
        return self.side * self.side

    def times(self, n):
        return self.area * n


def of_box(box):
    return box.area


def by_method(box):
    return box.times(2)


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        (scaled, {"x": 5, "by": 2}, "x * by + 1"),
        (scaled, {"x": 5, "by": 1}, None),
        (handed_on, {"x": 5}, "x * by + 1"),
        (chosen, {"x": 5}, "x * by + 1"),
        (chosen, {"x": 0}, "x - 1"),
        (swapped, {"x": 1}, "large / 2"),
        (added, {"x": 1}, "sum((x * each for each in (1, 2)))"),
        (added_first, {"x": 1}, "x + later"),
        (looped, {"xs": [1]}, None),
        (cached, {"x": 3}, "x ** 2"),
        (of_box, {"box": Box()}, "side * side"),
        (by_method, {"box": Box()}, "area * n"),
        (math.sqrt, {"x": 2}, None),
        (eval, {"source": "1 + 1"}, None),
    ],
)
def test_a_call_is_opened_until_arithmetic_appears(function, arguments, expected):
    assert text(opened(function, arguments)) == expected


def test_what_adds_nothing_is_not_shown_and_what_adds_is():
    found = opened(scaled, {"x": 5, "by": 2})
    assert ast.unparse(found.local["wide"]) == "x * by + 1"


def test_a_name_that_is_made_from_itself_has_no_text():
    assert "large" not in opened(swapped, {"x": 1}).local


def test_a_call_of_the_library_is_opened():
    on = Deployment(model_spec("llama-3-70b"), chip("a100-80gb"), 2)
    assert text(opened(prefill_seconds, {"on": on, "prompt_tokens": 650, "batch": 1})) == (
        "max(multiplying, moving)"
    )
    arguments = {"on": on, "context_tokens": 651, "batch": 1, "overlapped": True}
    assert text(opened(decode_seconds, arguments)) == "max(weights + kv, matmul + attention)"
    assert opened(parameter_count, {"spec": on.model}) is not None


def test_a_property_of_a_result_is_opened():
    def intensity(rows):
        return matmul_operation(rows, 8, 8).intensity

    assert text(opened(intensity, {"rows": 2})) == "flops / bytes"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a * b", True),
        ("-(a + b)", True),
        ("max(a, b)", True),
        ("ceil(a / b)", True),
        ("sum(x for x in xs)", True),
        ("a", False),
        ("a.b", False),
        ("f(a + b)", False),
        ("ceil(a)", False),
        ("max(xs)", False),
        ("sum(xs)", False),
        ("-a", False),
    ],
)
def test_arithmetic_is_what_computes_itself(expression, expected):
    assert is_arithmetic(ast.parse(expression, mode="eval").body) is expected
