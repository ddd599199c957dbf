import pytest
from tokenworks.checks.question import fresh_cases

from tokenworks.checks.metrics_load import KNEE, QUESTIONS, THROUGHPUT


def test_the_chapters_questions_about_load():
    assert [question.id for question in QUESTIONS] == ["06.4", "06.6"]


def test_rates_by_hand():
    log = [[0.0, [1.0, 3.0], 100], [0.0, [4.0], 50], [5.0, [6.0], 1]]
    assert THROUGHPUT.oracle(log, 2.0, 4.0) == [0.5, 50.0, 1.0]
    assert THROUGHPUT.oracle(log, 2.0, 6.0) == [0.5, 37.5, 0.75]


def test_windows_side_by_side_count_every_request_once():
    for log, begin, end in fresh_cases(THROUGHPUT, "split", count=30):
        middle = (begin + end) / 2
        parts = [THROUGHPUT.oracle(log, begin, middle), THROUGHPUT.oracle(log, middle, end)]
        mean = [(a + b) / 2 for a, b in zip(*parts, strict=True)]
        assert THROUGHPUT.oracle(log, begin, end) == pytest.approx(mean)


def test_some_hidden_requests_end_with_their_window():
    drawn = fresh_cases(THROUGHPUT, "edge", count=12)
    assert any(end in (times[-1] for _, times, _ in log) for log, _, end in drawn)


def test_a_knee_by_hand():
    assert KNEE.oracle([[3, 3.0], [1, 1.0], [2, 1.0]], 0.9) == 1
    assert KNEE.oracle([[1, 0.1]], 0.9) == 0


def test_hidden_knees_have_luck_beyond_them_and_no_tie_that_rounding_decides():
    lucky = ties = 0
    for points, share in fresh_cases(KNEE, "luck", count=60):
        knee = KNEE.oracle(points, share)
        lucky += any(x > knee and good >= share * x for x, good in points)
        exact = {x for x, good in points if good == share * x}
        assert share == 0.75 or not exact  # three quarters are exact in binary
        assert all(abs(good - share * x) > 1e-3 * x for x, good in points if x not in exact)
        ties += bool(exact)
    assert lucky > 20
    assert ties > 10
