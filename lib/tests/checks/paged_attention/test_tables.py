import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenworks.checks.paged_attention.tables import Held, blocks_of, first_fault

EVENTS = [[1, 2, 3, 4, 5], [1, 2, 9], 0, [1, 2, 3, 4], [7, 7]]
CASE = (EVENTS, 2, 6)
RIGHT = [[0, 1, 2], [0, 3], [0, 1], [4]]


def test_blocks_are_known_by_the_tokens_up_to_their_end():
    assert blocks_of([1, 2, 3], 2) == [[1, 2], [1, 2, 3]]
    assert blocks_of([1, 2], 2) == [[1, 2]]


def test_a_right_answer_has_no_fault_whichever_free_blocks_it_takes():
    assert first_fault(CASE, RIGHT) is None
    assert first_fault(CASE, [[5, 3, 4], [5, 0], [5, 2], [1]]) is None


@pytest.mark.parametrize(
    ("tables", "name", "where"),
    [
        (RIGHT[:3], "not one table for each prompt", "In all: 4 prompts have come"),
        ([*RIGHT, []], "not one table for each prompt", "In all: 4 prompts have come"),
        ([[0, 1, 2], 3, *RIGHT[2:]], "it returns the wrong kind", "Prompt 1: its table is"),
        ([[0, 1, 6], *RIGHT[1:]], "a block that does not exist", "Prompt 0: 6 is none"),
        ([[0, 1, True], *RIGHT[1:]], "a block that does not exist", "Prompt 0: True is none"),
        ([[0, 1, math.nan], *RIGHT[1:]], "a block that does not exist", "Prompt 0: nan is"),
        ([[0, 1, 1], *RIGHT[1:]], "a block twice in a table", "Prompt 0: its table lists"),
        ([[0, 1], *RIGHT[1:]], "too few blocks", "Prompt 0: its 5 tokens need 3"),
        ([*RIGHT[:3], [4, 5]], "too many blocks", "Prompt 3: its 2 tokens need 1"),
        ([[0, 1, 2], [3, 4], *RIGHT[2:]], "a prefix is computed twice", "Prompt 1: it shares 0"),
        (
            [*RIGHT[:2], [0, 3], [4]],
            "a block that another prompt still uses",
            "Prompt 2: block 3, which is in use",
        ),
    ],
)
def test_each_rule_is_named_with_the_prompt_that_breaks_it(tables, name, where):
    fault = first_fault(CASE, tables)
    assert fault.name == name
    assert fault.where.startswith(where)


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ([1, 2, 3, 4], [1, 2, 3, 4], "the last token is shared"),
        ([1, 2, 3, 4], [1, 2, 3], "the last token is shared"),
        ([1, 2, 3], [1, 2, 3], "the last token is shared"),
        ([1, 2, 3], [1, 2, 3, 4, 5], "a block is shared before it is full"),
        ([9, 2, 3, 4], [1, 2, 3, 4, 5], "the same tokens after another beginning"),
        ([1, 2, 5, 6], [1, 2, 3, 4, 5], "a block that another prompt still uses"),
    ],
)
def test_a_block_that_must_not_be_shared_is_told_by_its_reason(first, second, name):
    alone = [5] if name.startswith("the same") else [0]
    tables = [[0, 1], [*alone, 1, 2][: -(-len(second) // 2)]]
    fault = first_fault(([first, second], 2, 6), tables)
    assert fault.name == name
    assert fault.where.startswith("Prompt 1: block 1, which is in use, stands at place 1")


def test_a_freed_block_may_be_listed_again_for_any_prompt():
    case = ([[1, 2, 3, 4, 5], 0, [1, 2, 3, 4, 6], 1, [8, 8, 8]], 2, 6)
    for last in ([0, 1], [3, 1], [1, 5]):
        assert first_fault(case, [[0, 1, 2], [0, 1, 5], last]) is None


def test_what_is_held_by_two_is_forgotten_with_the_second():
    held = Held(2, 4)
    held.allocate([1, 2, 3], [0, 1])
    held.allocate([1, 2, 4], [0, 2])
    held.free([0, 1])
    assert held.shareable([1, 2, 9]) == 1
    held.free([0, 2])
    assert (held.shareable([1, 2, 9]), held.prefix) == (0, {})


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 6) | st.floats() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=50)
@given(st.lists(anything, max_size=6))
def test_whatever_a_list_holds_the_rules_answer(tables):
    fault = first_fault(CASE, tables)
    assert fault is None or (fault.name and fault.where)
