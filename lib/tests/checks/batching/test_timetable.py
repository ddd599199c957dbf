import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.checks.batching.scheduler import continuous
from tokenworks.checks.batching.timetable import first_fault
from tokenworks.checks.plain import misplaced

TRACE = [[0, 2, 2], [0, 3, 1], [1, 4, 2]]
CASE = (TRACE, 2, 20)
RIGHT = [[0, 1], [0, 2], [2]]


def test_the_solution_keeps_the_rules():
    assert continuous(*CASE) == RIGHT
    assert first_fault(CASE, RIGHT) is None


@pytest.mark.parametrize(
    ("steps", "name", "where"),
    [
        ([[0, 1], [0], [2], [2]], "a slot idles while a request waits", "Step 1: 1 of 2 slots"),
        ([[0, 1], [2], [0, 2]], "a running request pauses", "Step 1: request 0 is left out with 1"),
        ([[0, 1], [2], [2]], "a request is not finished", "Step 1: request 0 is left out with 1"),
        ([[0, 1], [0, 2]], "a request is not finished", "The list ends at step 2: request 2 has 1"),
        ([[0, 1], [0, 1], [2], [2]], "a token too many", "Step 1: request 1 has all of its 1"),
        ([[0, 2], [0, 1], [2]], "served before it arrives", "Step 0: request 2 arrives in step 1"),
        ([*RIGHT, []], "it goes on after the end", "Step 3: every request has all"),
        ([[0, 1], [0, 2], [2, 2]], "a request twice in a step", "Step 2: request 2"),
        ([[1, 2], [1, 3], [3]], "a request that does not exist", "Step 1: 3 is no index"),
        ([[0, 1], [0, 2], 2], "it returns the wrong kind", "Step 2: it is the number 2"),
        ([[0, 1], [0, True], [2]], "a request that does not exist", "Step 1: True is no index"),
        ([[0, 1], [0, math.nan], [2]], "a request that does not exist", "Step 1: nan is no index"),
    ],
)
def test_each_rule_is_named_with_the_step_that_breaks_it(steps, name, where):
    fault = first_fault(CASE, steps)
    assert fault.name == name
    assert fault.where.startswith(where)


def test_slots_memory_and_order_are_watched():
    assert first_fault((TRACE, 1, 20), RIGHT).name == "more requests than slots"
    assert first_fault((TRACE, 2, 7), RIGHT).name == "more memory than there is"
    late = ([[0, 1, 3], [1, 9, 1], [2, 1, 1]], 2, 12)
    fault = first_fault(late, [[0], [0], [0, 2], [1]])
    assert (fault.name, fault.where) == (
        "a later request overtakes",
        "Step 2: request 2 starts, 1 still waits.",
    )
    assert first_fault(late, [[0], [0], [0], [1, 2]]) is None


def test_of_requests_that_arrive_together_any_may_be_first():
    case = ([[0, 1, 1], [0, 1, 3], [0, 1, 1]], 1, 9)
    for steps in ([[0], [1], [1], [1], [2]], [[1], [1], [1], [0], [2]], [[2], [0], [1], [1], [1]]):
        assert first_fault(case, steps) is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 4) | st.floats() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(anything, max_size=6))
def test_whatever_a_list_holds_the_rules_answer(steps):
    fault = first_fault(CASE, steps)
    assert fault is None or (fault.name and fault.where)


requests = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 6), st.integers(1, 6)).map(list),
    min_size=1,
    max_size=9,
)


@given(requests, st.tuples(st.integers(1, 4), st.integers(12, 40)), st.data())
def test_a_right_timetable_without_one_token_is_wrong(rows, limits, data):
    slots, room = limits
    rows = [[sum(row[0] for row in rows[: i + 1]), *row[1:]] for i, row in enumerate(rows)]
    case = (rows, slots, room)
    steps = continuous(*case)
    assert first_fault(case, steps) is None
    assert first_fault(case, [step[::-1] for step in steps]) is None
    busy = [at for at, step in enumerate(steps) if step]
    at = data.draw(st.sampled_from(busy))
    i = data.draw(st.sampled_from(steps[at]))
    fewer = [[j for j in step if (n, j) != (at, i)] for n, step in enumerate(steps)]
    assert first_fault(case, fewer) is not None
    assert misplaced(steps, fewer) == 1
