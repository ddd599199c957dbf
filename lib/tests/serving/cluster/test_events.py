"""Events in one total order, however they came in."""

import pytest
from cost.drawn import BEARTYPE
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.serving.cluster.events import EventHeap, Kind

pytestmark = pytest.mark.filterwarnings(BEARTYPE)
ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(Kind), st.integers(0, 2)), unique=True, min_size=1
)


def popped(rows):
    heap = EventHeap()
    for seconds, kind, number in rows:
        heap.push(seconds / 2, kind, number=number, payload=object())
    assert len(heap) == len(rows)
    assert heap.next_seconds == min(seconds / 2 for seconds, _, _ in rows)
    return [heap.pop()[:3] for _ in rows]


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_is_that_of_time_kind_and_number_not_of_coming(rows, random):
    shuffled = random.sample(rows, len(rows))
    expected = [(seconds / 2, kind, number) for seconds, kind, number in sorted(rows)]
    assert popped(rows) == popped(shuffled) == expected


def test_of_one_moment_answers_leave_first_and_the_autoscaler_looks_last():
    assert [kind.name for kind in sorted(Kind)] == [
        *("STEP_END", "FAILURE", "READY", "TRANSFER_END", "ARRIVAL", "CANCEL", "SCALE"),
        *("WAKE", "CHANGE"),
    ]


def test_equal_events_keep_the_order_of_their_coming():
    heap = EventHeap()
    for payload in "abc":
        heap.push(1.0, Kind.ARRIVAL, payload=payload)
    assert [heap.pop().payload for _ in range(3)] == list("abc")


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_an_impossible_moment_is_refused(seconds):
    with pytest.raises(ValueError, match="an event's seconds must be a finite number from 0"):
        EventHeap().push(seconds, Kind.ARRIVAL)


def test_an_empty_heap_has_nothing_next():
    assert EventHeap().next_seconds is None
    with pytest.raises(IndexError):
        EventHeap().pop()
