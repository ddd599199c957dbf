from itertools import islice

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.paged_attention.prompts import case_of
from tokenworks.checks.paged_attention.sharing import block_tables
from tokenworks.checks.paged_attention.tables import first_fault
from tokenworks.checks.source import edited

CASES = (*block_tables.cases, *islice(drawn_cases(block_tables, "many prompts"), 80))


def test_memory_is_enough_for_what_runs_and_no_more():
    assert case_of([[1, 2, 3], [1, 2], 0, [1]], 2)[2] == 3
    assert case_of([[1, 2, 3], [1, 2, 4], [1, 2, 5]], 2)[2] == 4
    assert case_of([[1, 2, 3], [1, 2, 4], [1, 2, 5]], 2, spare=3)[2] == 7


def test_memory_is_enough_whichever_of_two_equal_blocks_is_shared():
    for pick in ("same[0]", "same[-1]"):
        tables = edited(block_tables.solution, [("same[0]", pick)])
        assert all(first_fault(case, tables(*case)) is None for case in CASES)


def test_hidden_prompts_share_repeat_and_end():
    drawn = list(islice(drawn_cases(block_tables, "variety"), 40))
    ends = [any(isinstance(event, int) for event in events) for events, *_ in drawn]
    assert sum(ends) > 30
    repeated = 0
    for events, size, room in drawn:
        prompts = [event for event in events if isinstance(event, list)]
        assert min(map(len, prompts)) >= 1
        assert max(map(len, prompts)) <= 4 * size + 1
        repeated += any(prompts.count(prompt) > 1 for prompt in prompts)
        tables = block_tables(events, size, room)
        assert sum(map(len, tables)) > len({b for table in tables for b in table})
    assert repeated > 20
