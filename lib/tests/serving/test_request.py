import pytest
from cost.drawn import BEARTYPE
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenworks.serving.request import Request


@pytest.mark.parametrize("name", ["prompt_tokens", "max_tokens", "output_tokens"])
@pytest.mark.parametrize("value", [0, -1, True])
def test_a_count_below_one_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        Request(**{"prompt_tokens": 1, "max_tokens": 1, name: value})


@pytest.mark.parametrize("value", [-1.0, float("inf"), float("nan")])
def test_an_impossible_arrival_is_refused(value):
    with pytest.raises(ValueError, match="arrival_seconds"):
        Request(prompt_tokens=1, max_tokens=1, arrival_seconds=value)


@pytest.mark.parametrize(
    ("own", "limit", "reason"),
    [(None, 5, "length"), (3, 3, "eos"), (5, 5, "eos"), (9, 5, "length")],
)
def test_it_ends_at_the_models_own_stop_or_at_the_limit(own, limit, reason):
    request = Request(prompt_tokens=2, max_tokens=5, output_tokens=own)
    assert request.limit == limit
    request.generated = limit - 1
    assert request.own_end is None
    request.generated = limit
    assert request.own_end == reason


def test_a_new_prompt_is_missing_whole_and_a_decode_misses_one():
    request = Request(prompt_tokens=7, max_tokens=5)
    assert (request.known_tokens, request.missing_tokens) == (7, 7)
    request.computed, request.generated = 7, 1
    assert (request.known_tokens, request.missing_tokens) == (8, 1)


def test_two_requests_that_ask_the_same_are_not_the_same():
    first, second = (Request(prompt_tokens=1, max_tokens=1) for _ in range(2))
    assert first != second
    assert len({first, second}) == 2


def known(ids, **more):
    return Request(prompt_tokens=len(ids), prompt_ids=ids, max_tokens=5, **more)


def test_its_tokens_are_those_of_the_prompt_where_they_are_known():
    assert known([5, 6, 7]).ids(1, 9) == [6, 7]
    assert Request(prompt_tokens=3, max_tokens=1).ids(0, 3) == []
    with pytest.raises(ValueError, match="prompt_ids are 2, prompt_tokens says 3"):
        Request(prompt_tokens=3, prompt_ids=[1, 2], max_tokens=1)


@pytest.mark.filterwarnings(BEARTYPE)
@settings(max_examples=60)
@given(*[st.lists(st.integers(0, 1), min_size=1, max_size=9)] * 2, st.integers(1, 3))
def test_equal_keys_mean_equal_texts_from_the_start_on(one, other, size):
    mine, theirs = (known(ids).block_keys(size, 99) for ids in (one, other))
    assert (len(mine), len(theirs)) == (len(one) // size, len(other) // size)
    for i, key in enumerate(mine):
        for k, another in enumerate(theirs):
            same_text = i == k and one[: (i + 1) * size] == other[: (k + 1) * size]
            assert (key == another) == same_text


def test_keys_are_as_many_as_asked_for_and_differ_with_the_block_size():
    request = known(list(range(8)))
    assert request.block_keys(2, 1) == request.block_keys(2, 4)[:1]
    assert len(request.block_keys(2, 4)) == 4
    assert set(request.block_keys(4, 2)).isdisjoint(request.block_keys(2, 4))


@pytest.mark.parametrize(
    ("fork", "message"),
    [
        ({"prompt_tokens": 2}, "a fork has its parent's prompt of 3 tokens, got 2"),
        ({"prompt_tokens": 3, "prompt_ids": [1, 2, 4]}, "must have the same prompt_ids"),
        ({"prompt_tokens": 3, "arrival_seconds": 0.5}, "cannot arrive before"),
    ],
)
def test_a_fork_that_differs_from_its_parent_is_refused(fork, message):
    parent = known([1, 2, 3], arrival_seconds=1.0)
    with pytest.raises(ValueError, match=message):
        Request(**{"max_tokens": 1, "arrival_seconds": 1.0, "fork_of": parent, **fork})


def test_a_fork_may_leave_its_tokens_unsaid_and_ask_for_another_length():
    parent = known([1, 2, 3])
    assert Request(prompt_tokens=3, max_tokens=1, fork_of=parent).fork_of is parent
    assert known((1, 2, 3), fork_of=parent).fork_of is parent
