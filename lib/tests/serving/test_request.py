import pytest

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
