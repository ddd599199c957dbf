"""The one door for whole numbers: NumPy's pass as Python's, nothing else that looks alike does."""

import ast
import dataclasses
import math
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tokenworks
from tokenworks.number import (
    bounded,
    finite,
    integer,
    make_bounded,
    make_whole,
    rounded_up,
    shown,
    whole,
)

KINDS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
NO_NUMBER = [True, False, np.bool_(True), None, "3", "", b"3", [3], (3,), 3j, np.array([3, 4])]
NOT_WHOLE = [*NO_NUMBER, 2.0, 2.5, np.float32(2), np.float64(2), Fraction(4, 2), math.nan, math.inf]


@given(st.integers())
def test_an_int_is_itself(value):
    assert integer(value) == value
    assert type(integer(value)) is int


@given(st.sampled_from(KINDS), st.data())
def test_an_integer_of_numpy_becomes_an_int_that_cannot_overflow(kind, data):
    limits = np.iinfo(kind)
    value = data.draw(st.integers(int(limits.min), int(limits.max)))
    for door in (integer, finite, lambda x: whole(x, "n", least=int(limits.min))):
        found = door(kind(value))
        assert found == value
        assert type(found) is int


@pytest.mark.parametrize("value", NOT_WHOLE, ids=repr)
def test_what_only_looks_like_a_count_is_refused(value):
    assert integer(value) is None
    with pytest.raises(ValueError, match=r"^tokens must be a whole number from 1, got "):
        whole(value, "tokens")


@given(st.integers(-5, 5), st.integers(-5, 5), st.one_of(st.none(), st.integers(-5, 5)))
def test_the_range_holds_both_its_ends(value, least, most):
    inside = least <= value and (most is None or value <= most)
    if inside:
        assert whole(value, "n", least=least, most=most) == value
        return
    with pytest.raises(ValueError, match=f"n must be a whole number from {least}"):
        whole(value, "n", least=least, most=most)


def test_the_message_names_both_ends_and_cuts_a_long_value():
    with pytest.raises(ValueError, match=r"^beams must be a whole number from 1 to 1,024, got 0$"):
        whole(0, "beams", most=1024)
    with pytest.raises(ValueError, match=f"got '{'x' * 59}…$"):
        whole("x" * 10_000, "n")
    assert shown(-(10**5000)) == "an integer of 16,610 bits"
    assert "\n" not in shown(np.zeros((3, 3)))


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.booleans())
def test_a_finite_number_of_either_kind_becomes_a_float(value, numpys):
    found = finite(np.float32(value) if numpys else value)
    assert found == value
    assert type(found) is float


@pytest.mark.parametrize("value", [*NO_NUMBER, math.nan, math.inf, -math.inf, 10**400], ids=repr)
def test_what_no_formula_can_take_is_no_finite_number(value):
    assert finite(value) is None


def test_the_fields_of_a_frozen_dataclass_become_ints():
    @dataclasses.dataclass(frozen=True)
    class Size:
        rows: int
        columns: int

        def __post_init__(self):
            make_whole(self, "rows", "columns")

    size = Size(np.int8(100), np.int64(7))
    assert (type(size.rows), type(size.columns)) == (int, int)
    assert size == Size(100, 7)
    assert size.rows * 10 == 1000  # an int8 would have become -24
    with pytest.raises(ValueError, match="columns must be a whole number from 1, got 0"):
        Size(1, 0)


# ---- the doors of the library ----


def test_every_door_takes_the_integers_of_numpy_and_nothing_that_looks_like_them():
    """In a process of its own: tests check types at each call, readers' notebooks do not."""
    script = [sys.executable, str(Path(__file__).with_name("doors.py"))]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("", "")


def asks_by_itself(tree):
    """Yield the line of every own test for a whole number: isinstance(x, int), type(x) is int."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance":
            kinds = {name.id for name in ast.walk(node.args[1]) if isinstance(name, ast.Name)}
            if kinds & {"int", "Integral", "Real", "Number"}:
                yield node.lineno
        if isinstance(node, ast.Compare) and ast.unparse(node).startswith("type("):
            kinds = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
            if kinds & {"int", "bool", "float"}:
                yield node.lineno


def test_no_module_has_a_door_of_its_own():
    package = Path(tokenworks.__file__).parent
    own = {  # `checks` makes the answers of learners plain itself
        package / "number.py",
        *(package / "checks").rglob("*.py"),
    }
    for path in {*package.rglob("*.py")} - own:
        lines = list(asks_by_itself(ast.parse(path.read_text(encoding="utf-8"))))
        assert not lines, f"{path}, lines {lines}: ask tokenworks.number"


@pytest.mark.parametrize(
    ("value", "limits", "start"),
    [
        (-1, {}, "from 0"),
        (math.nan, {}, "from 0"),
        (math.inf, {}, "from 0"),
        (True, {}, "from 0"),
        ("3", {}, "from 0"),
        (0, {"above": True}, "above 0"),
        (2, {"most": 1}, "from 0 to 1"),
        (1, {"most": 1, "below": True}, "from 0 to below 1"),
        (0, {"most": 1, "above": True}, "above 0 and at most 1"),
        (1, {"most": 1, "above": True, "below": True}, "above 0 and below 1"),
        (0.5, {"least": 1}, "from 1"),
    ],
)
def test_a_number_outside_its_bounds_is_refused(value, limits, start):
    with pytest.raises(ValueError, match=f"^load must be a finite number {start}, got "):
        bounded(value, "load", **limits)


def test_bounds_hold_both_their_ends():
    assert bounded(0, "x") == 0
    assert bounded(1, "x", most=1) == 1
    found = bounded(np.float32(0.5), "x", above=True)
    assert (found, type(found)) == (0.5, float)


def test_the_fields_of_a_record_become_numbers_within_bounds():
    @dataclasses.dataclass(frozen=True)
    class Load:
        rate: float

        def __post_init__(self):
            make_bounded(self, "rate", above=True)

    assert type(Load(np.float64(2)).rate) is float
    with pytest.raises(ValueError, match="rate must be a finite number above 0, got 0"):
        Load(0)


def test_a_fraction_beyond_the_largest_float_is_no_finite_number():
    assert finite(Fraction(10**400, 3)) is None
    assert finite(Fraction(1, 4)) == 0.25


def test_a_list_with_an_endless_integer_is_shown_too():
    assert shown([10**5000]) == "a list"


@given(st.integers(1, 10**6), st.floats(1e-3, 1e3))
def test_a_rounding_error_takes_no_further_one(count, each):
    assert rounded_up(count * each / each) == count
    assert rounded_up(count + 1e-5) == count + 1


def test_the_least_need_takes_one_and_none_takes_none():
    assert (rounded_up(0), rounded_up(1e-12), rounded_up(1), rounded_up(1.2)) == (0, 1, 1, 2)
