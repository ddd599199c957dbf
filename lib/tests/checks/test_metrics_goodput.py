from tokenworks.checks.question import fresh_cases

from tokenworks.checks.metrics_goodput import GOODPUT, QUESTIONS


def test_the_chapters_question_about_goodput():
    assert [question.id for question in QUESTIONS] == ["06.5"]


def test_goodput_by_hand():
    requests = [[0.0, [1.0, 2.0]], [0.0, [1.5, 2.0]], [0.0, [1.0, 2.5]], [0.0, [0.5]]]
    assert GOODPUT.oracle(requests, 1.0, 1.0, 4.0) == 0.5
    assert GOODPUT.oracle(requests, 1.5, 1.0, 4.0) == 0.75
    assert GOODPUT.oracle(requests, 1.5, 1.5, 4.0) == 1.0


def test_goodput_is_never_above_the_throughput():
    for requests, ttft, tpot, window in fresh_cases(GOODPUT, "bound", count=40):
        rate = GOODPUT.oracle(requests, ttft, tpot, window)
        assert rate <= len(requests) / window
        assert GOODPUT.oracle(requests, 99.0, 99.0, window) == len(requests) / window


def test_hidden_requests_stand_on_the_limits_and_have_one_token():
    drawn = fresh_cases(GOODPUT, "edge", count=12)
    assert any(
        times[0] - arrival == ttft for requests, ttft, *_ in drawn for arrival, times in requests
    )
    assert any(len(times) == 1 for requests, *_ in drawn for _, times in requests)
