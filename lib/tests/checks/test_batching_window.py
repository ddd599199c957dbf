import pytest
from tokenworks.checks.question import fresh_cases

from tokenworks.checks.batching_window import QUESTIONS, STEPS, WINDOW


def test_the_chapters_questions_about_starts_and_steps():
    assert [question.id for question in QUESTIONS] == ["07.3", "07.4"]


def test_starts_by_hand():
    assert WINDOW.oracle([1.0, 1.01, 5.0], 2, 100) == [1.01, 5.1]
    assert WINDOW.oracle([1.0, 1.05, 1.2], 9, 100) == pytest.approx([1.1, 1.3])


def test_no_hidden_arrival_falls_on_the_end_of_a_window():
    for arrivals, slots, window_ms in (*WINDOW.cases, *fresh_cases(WINDOW, "ties", count=200)):
        starts = WINDOW.oracle(arrivals, slots, window_ms)
        ends = [at for at in starts if at not in arrivals]
        assert all(abs(at - end) > 1e-6 for at in arrivals for end in ends)


def test_nobody_waits_longer_than_the_window():
    for arrivals, slots, window_ms in fresh_cases(WINDOW, "wait", count=30):
        starts = WINDOW.oracle(arrivals, slots, window_ms)
        waits = [min(start for start in starts if start >= at) - at for at in arrivals]
        assert max(waits) <= window_ms / 1000 + 1e-9


def test_steps_by_hand():
    assert STEPS.oracle([4, 1, 1, 4], 2) == [8, 6]
    assert STEPS.oracle([4, 1, 1, 4], 1) == [10, 10]


def test_continuous_is_never_slower_nor_below_its_floor():
    for outputs, slots in fresh_cases(STEPS, "floor", count=20):
        static, continuous = STEPS.oracle(outputs, slots)
        assert max(max(outputs), sum(outputs) / slots) <= continuous <= static
