from itertools import islice

from checks.batching.scheduled import static
from tokenworks.checks.batching.static import handed_over, static_waste
from tokenworks.checks.hidden import drawn_cases


def test_waste_is_what_the_librarys_scheduler_wastes():
    for prompts, outputs in (*static_waste.cases, *islice(drawn_cases(static_waste, "equal"), 20)):
        steps = static(prompts, outputs, len(prompts)).segments
        wasted = [step.load.new_tokens - step.useful_tokens for step in steps]
        assert static_waste(prompts, outputs) == [wasted[0], sum(wasted[1:])]


def test_waste_and_use_are_all_that_is_computed():
    for prompts, outputs in islice(drawn_cases(static_waste, "whole"), 10):
        padding, idle = static_waste(prompts, outputs)
        assert padding + sum(prompts) == len(prompts) * max(prompts)
        assert idle + sum(outputs) - len(outputs) == len(outputs) * (max(outputs) - 1)


def test_answers_are_handed_over_when_the_librarys_scheduler_does():
    for outputs, slots in (*handed_over.cases, *islice(drawn_cases(handed_over, "equal"), 20)):
        run = static([1] * len(outputs), outputs, slots)
        assert handed_over(outputs, slots) == [round(r.finished_seconds) for r in run.requests]


def test_hidden_queues_end_with_a_full_batch_or_with_one_that_is_not():
    drawn = list(islice(drawn_cases(handed_over, "rest"), 40))
    assert {len(outputs) % slots == 0 for outputs, slots in drawn} == {True, False}
