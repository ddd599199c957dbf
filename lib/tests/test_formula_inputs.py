"""The inputs of a printed formula: what a reader may change, and what is never run."""

import math

import pytest

from tokenworks.formula_inputs import Input, NotArithmetic, expression, handed_over, inputs_of
from tokenworks.opened_function import evaluated
from tokenworks.substitution import expression_of


def listed(formula, dimension="ratio", **inputs):
    return inputs_of(expression_of(formula, inputs), dimension)


def value_of(formulas, inputs):
    found = expression(formulas, inputs)
    return evaluated(found.tree, found.names)


class Row:
    read_seconds = 0.5
    users = 3

    def kv_bytes(self, tokens):
        return tokens * 2e3


def test_names_attributes_keys_and_calls_are_inputs_and_typed_numbers_are_none():
    formula = "row.kv_bytes(7) * n / (2 * row.users) + d['size_bytes']"
    found = listed(formula, "bytes", row=Row(), n=4, d={"size_bytes": 1.5e9})
    assert found == (
        Input("row.kv_bytes(7)", 14_000, "bytes"),
        Input("n", 4, None),
        Input("row.users", 3, None),
        Input("d['size_bytes']", 1_500_000_000, "bytes"),
    )


def test_an_input_stands_once_and_functions_of_arithmetic_are_looked_into():
    found = listed("max(a, b) * ceil(a / 4) + (a if a > b else b)", a=5, b=2)
    assert [one.name for one in found] == ["a", "b"]


def test_what_is_added_is_shown_in_the_dimension_of_the_result():
    assert listed("a + b", "seconds", a=0.001, b=2)[0] == Input("a", 0.001, "seconds")
    assert listed("a + b", a=0.001, b=2)[0].dimension == "ratio"


def late(first_seconds, tokens, step_seconds):
    later = (tokens - 1) * step_seconds
    return first_seconds + later


def test_a_part_is_no_input_and_its_own_inputs_are():
    found = expression_of(late, {"first_seconds": 1.0, "tokens": 5, "step_seconds": 0.25})
    inputs = inputs_of(found, "seconds")
    assert [one.name for one in inputs] == ["first_seconds", "tokens", "step_seconds"]
    formulas = [found.printed, *(part.printed for part in found.parts())]
    assert formulas == ["late = first_seconds + later", "later = (tokens - 1) × step_seconds"]
    assert value_of(formulas, inputs) == 2.0


@pytest.mark.parametrize(
    ("formula", "inputs"),
    [
        ("80 * 2 / 3", {}),
        ("n * 2", {"n": True}),
        ("n * 2", {"n": math.inf}),
        ("names * n", {"names": "abc", "n": 2}),
    ],
)
def test_a_formula_without_numbers_to_change_has_no_inputs(formula, inputs):
    with pytest.raises(NotArithmetic):
        listed(formula, **inputs)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').getcwd()",
        "a.__class__",
        "[a for a in (1, 2)]",
        "(lambda: a)()",
        "a * 'x'",
        "math.factorial(a)",
        "os.ceil(a)",
        "max(a, key=a)",
        "a and b",
        "b",
    ],
)
def test_nothing_but_arithmetic_over_the_inputs_is_ever_run(text):
    with pytest.raises(NotArithmetic):
        expression([text], [Input("a", 2, None)])


def test_a_typed_number_is_read_as_it_is_printed():
    found = expression_of("watts / 3.6e6 + 1000 * n", {"watts": 7.2e6, "n": 2})
    assert found.printed == "watts / 3,600,000 + 1000 × n"
    again = expression([found.printed], inputs_of(found, "ratio"))
    assert again.substituted("ratio")[0] == "7,200,000 / 3,600,000 + 1000 × 2"
    assert evaluated(again.tree, again.names) == 2002


def test_what_another_input_was_computed_from_is_fixed():
    found = listed("row.kv_bytes(tokens) * tokens + users", row=Row(), tokens=4, users=2)
    assert [(one.name, one.fixed) for one in found] == [
        ("row.kv_bytes(tokens)", False),
        ("tokens", True),
        ("users", False),
    ]


def hidden(tokens, step_seconds):
    length = len("x" * tokens)
    return length * step_seconds + tokens * step_seconds


def test_so_is_what_a_local_name_was_computed_from():
    found = inputs_of(expression_of(hidden, {"tokens": 3, "step_seconds": 0.5}), "seconds")
    assert {one.name: one.fixed for one in found} == {
        "length": False,
        "step_seconds": False,
        "tokens": True,
    }


def test_parts_that_are_made_of_each_other_are_refused():
    with pytest.raises(NotArithmetic, match="made of each other"):
        expression(["a × x", "x = y + 1", "y = x + 1"], [Input("a", 2, None)])


def test_parts_are_computed_before_what_uses_them():
    assert value_of(["a × x", "x = y + 1", "y = 2 × a"], [Input("a", 2, None)]) == 10


@pytest.mark.parametrize(
    ("value", "written"),
    [(70_553_706_496, 70_553_706_496), (2e12, 2_000_000_000_000), (1 / 3, 0.3333333333)],
)
def test_whole_numbers_are_handed_over_as_they_are_and_others_with_ten_digits(value, written):
    assert handed_over(value) == written
    assert isinstance(handed_over(value), type(written))


def test_a_number_that_is_whole_but_for_the_last_bits_is_handed_over_as_whole():
    assert handed_over(100_000_000_000.00002) == 100_000_000_000
    assert handed_over(2.0**60) == 2.0**60


def test_a_formula_that_is_one_input_has_none():
    """A sum of many terms, say: its own value in another's place would explain nothing."""
    with pytest.raises(NotArithmetic):
        listed("sum(n for n in counts)", counts=list(range(9)))
    assert listed("sum(n for n in counts) / 2", counts=list(range(9)))[0].value == 36
