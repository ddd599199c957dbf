from statistics import mean

import pytest
from tokenworks.checks.question import fresh_cases

from tokenworks.checks.metrics_request import MEANS, QUESTIONS, TIMES, Stream, list_apart


def test_the_chapters_questions_about_requests():
    assert [question.id for question in QUESTIONS] == ["06.1", "06.2"]


def test_three_times_by_hand():
    assert TIMES.oracle(10.0, [10.5, 11.0, 13.0]) == [0.5, 1.25, 3.0]
    assert TIMES.oracle(10.0, [10.5]) == [0.5, None, 0.5]


def test_the_end_is_the_first_token_and_its_gaps():
    for arrival, tokens in fresh_cases(TIMES, "sum", count=40):
        first, tpot, whole = TIMES.oracle(arrival, tokens)
        assert whole == pytest.approx(first + (len(tokens) - 1) * (tpot or 0))


def test_some_hidden_answers_have_one_token():
    sizes = [len(tokens) for _, tokens in fresh_cases(TIMES, "sizes", count=40)]
    assert 1 in sizes
    assert max(sizes) > 2


def test_a_long_answer_has_many_votes_among_the_gaps():
    short, long = [0.0, [1.0, 2.0]], [0.0, [1.0, 4.0, 7.0, 10.0]]
    assert MEANS.oracle([short, long]) == [2.0, 2.5]
    assert MEANS.oracle([short, long, [0.0, [9.0]]]) == [2.0, 2.5]


def test_the_mean_of_one_requests_gaps_is_its_tpot():
    for (requests,) in fresh_cases(MEANS, "one", count=20):
        arrival, tokens = max(requests, key=lambda request: len(request[1]))
        tpot = TIMES.oracle(arrival, tokens)[1]
        assert MEANS.oracle([[arrival, tokens]]) == pytest.approx([tpot, tpot])


def test_a_stream_ends_with_its_last_token():
    stream = Stream(1.0, [2.0, 4.0], 7)
    assert (stream.generated, stream.finished_seconds, stream.prompt_tokens) == (2, 4.0, 7)


def test_lists_are_apart_by_the_sum_of_their_numbers():
    assert list_apart([1.0, None, 2.0], [1.5, None, 1.0]) == 1.5
    with pytest.raises(TypeError):
        list_apart([1.0, None], [1.0, 0.0])
    assert mean([list_apart([], []), list_apart([1], [1])]) == 0
