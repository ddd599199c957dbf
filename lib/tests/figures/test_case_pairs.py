import re

import pytest

from tokenworks.figures import Pair, pairs
from tokenworks.figures.case_pairs import factor

CASES = {"2,048 tokens": 2048, "32,768 tokens": 32768}
ROWS = {
    "conversations": Pair(223, 13, ("223", "13"), "kv"),
    "first token": Pair(0.0837, 2.344, ("0.08 s", "2.34 s"), "prefill"),
}


def test_bars_of_a_pair_are_in_proportion():
    picture = pairs(ROWS, CASES, alt="Two pairs.")
    for svg in (picture.wide, picture.narrow):
        for fill, ratio in {"kv": 223 / 13, "prefill": 0.0837 / 2.344}.items():
            found = re.findall(rf'width="([\d.]+)"[^>]*class="f-{fill}"', svg)
            first, second = (float(width) for width in found)
            assert first / second == pytest.approx(ratio, rel=0.05)


def test_the_factor_says_which_way():
    assert factor(ROWS["conversations"]) == "÷ 17"
    assert factor(ROWS["first token"]) == "× 28"
    assert factor(Pair(2, 5, ("", ""), "kv")) == "× 2.5"
    assert factor(Pair(36.7, 34.7, ("", ""), "kv")) == "nearly the same"


def test_its_numbers_are_those_given():
    numbers = pairs(ROWS, CASES, alt="Two pairs.").numbers
    assert numbers["conversations, 2,048 tokens"] == 223
    assert numbers["first token, factor"] == 28


@pytest.mark.parametrize("rows", [{}, {"a": Pair(0, 1, ("", ""), "kv")}])
def test_nothing_to_compare_is_refused(rows):
    with pytest.raises(ValueError, match="at least one row, and values above 0"):
        pairs(rows, CASES, alt="Nothing.")


def test_a_number_that_is_not_the_pairs_own_is_refused():
    with pytest.raises(ValueError, match="224"):
        pairs({"a": Pair(223, 13, ("224", "13"), "kv")}, CASES, alt="A pair.")
