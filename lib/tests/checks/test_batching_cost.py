import pytest
from tokenworks.checks.question import fresh_cases

from tokenworks.checks.batching_cost import LIMIT, PREEMPT, QUESTIONS
from tokenworks.cost.step_time import decode_step_seconds


def test_the_chapters_questions_about_seconds():
    assert [question.id for question in QUESTIONS] == ["07.7", "07.8"]


def test_making_room_by_hand():
    assert PREEMPT.oracle(10, 1000, 100, 1e6, 1e6) == ["swap", 0.002]
    assert PREEMPT.oracle(10, 1000, 100, 1e9, 1e6) == ["recompute", 2e-5]


def test_both_ways_are_cheaper_somewhere_and_the_length_does_not_decide():
    drawn = fresh_cases(PREEMPT, "both", count=40)
    assert {PREEMPT.oracle(*case)[0] for case in drawn} == {"recompute", "swap"}
    for tokens, *rest in drawn:
        one, many = PREEMPT.oracle(tokens, *rest), PREEMPT.oracle(2 * tokens, *rest)
        assert (many[0], many[1]) == (one[0], pytest.approx(2 * one[1]))


def test_the_limit_is_kept_by_the_largest_batch_and_by_no_larger():
    for weights, kv, rate, hbm, limit_ms in (*LIMIT.cases, *fresh_cases(LIMIT, "edge", count=60)):
        batch = LIMIT.oracle(weights, kv, rate, hbm, limit_ms)

        def keeps(n, case=(weights, kv, rate, hbm, limit_ms)):
            weights, kv, rate, hbm, limit_ms = case
            seconds = decode_step_seconds(weights + n * kv, rate)
            return seconds <= limit_ms / 1000 and weights + n * kv <= hbm

        assert batch == 0 or keeps(batch)
        assert not keeps(batch + 1)


def test_either_limit_decides_somewhere():
    drawn = fresh_cases(LIMIT, "either", count=40)
    loose = [LIMIT.oracle(w, kv, rate, 10 * hbm, ms) for w, kv, rate, hbm, ms in drawn]
    tight = [LIMIT.oracle(*case) for case in drawn]
    assert 5 < sum(a > b for a, b in zip(loose, tight, strict=True)) < 35
    assert 0 in tight
