from tokenworks.checks.question import fresh_cases

from tokenworks.checks.batching_static import HANDED, QUESTIONS, WASTE


def test_the_chapters_questions_about_whole_batches():
    assert [question.id for question in QUESTIONS] == ["07.1", "07.2"]


def test_waste_by_hand():
    assert WASTE.oracle([10, 4], [2, 5]) == [6, 3]
    assert WASTE.oracle([7], [3]) == [0, 0]


def test_waste_and_use_are_all_that_is_computed():
    for prompts, outputs in fresh_cases(WASTE, "whole", count=10):
        padding, idle = WASTE.oracle(prompts, outputs)
        assert padding + sum(prompts) == len(prompts) * max(prompts)
        assert idle + sum(outputs) - len(outputs) == len(outputs) * (max(outputs) - 1)


def test_handed_over_by_hand():
    assert HANDED.oracle([1, 3, 2], 2) == [3, 3, 5]
    assert HANDED.oracle([4, 4], 8) == [4, 4]


def test_every_hidden_queue_ends_with_a_batch_that_is_not_full():
    for outputs, slots in fresh_cases(HANDED, "rest", count=20):
        assert len(outputs) % slots
        done = HANDED.oracle(outputs, slots)
        assert done == sorted(done)
        assert len(done) == len(outputs)
