from itertools import accumulate, takewhile

from tokenworks.checks import check
from tokenworks.checks.attempt import attempt
from tokenworks.checks.attention_sharing import QUESTIONS, SHARING, case_of, loop
from tokenworks.checks.attention_tables import first_fault
from tokenworks.checks.question import fresh_cases
from tokenworks.serving.block_pool import BlockPool, block_key

CASES = (*SHARING.cases, *fresh_cases(SHARING, "many prompts", count=80))


def test_the_chapters_question_with_rules():
    assert [question.id for question in QUESTIONS] == ["08.7"]


def test_memory_is_enough_for_what_runs_and_no_more():
    assert case_of([[1, 2, 3], [1, 2], 0, [1]], 2)[2] == 3
    assert case_of([[1, 2, 3], [1, 2, 4], [1, 2, 5]], 2)[2] == 4
    assert case_of([[1, 2, 3], [1, 2, 4], [1, 2, 5]], 2, spare=3)[2] == 7


def test_memory_is_enough_whichever_of_two_equal_blocks_is_shared():
    for case in CASES:
        for pick in (min, max):
            assert first_fault(case, loop(case, pick=pick)) is None


def test_the_reference_keeps_its_own_rules():
    for case in CASES:
        assert first_fault(case, SHARING.oracle(*case)) is None


def by_the_pool(events, size, room):
    """Allocate with the library's pool: look up, share, take the rest, register, give back."""
    pool, tables = BlockPool(room, size), []
    for event in events:
        if isinstance(event, int):
            pool.free(tables[event])
            continue
        full = [event[at : at + size] for at in range(0, len(event) - size + 1, size)]
        keys = list(accumulate(full, block_key, initial=b""))[1:]
        known = [pool.lookup(key) for key in keys[: (len(event) - 1) // size]]
        shared = list(takewhile(lambda block: block is not None, known))
        pool.share(shared)
        tables.append([*shared, *pool.allocate(pool.blocks_for(len(event)) - len(shared))])
        for block, key in zip(tables[-1], keys, strict=False):
            pool.register(block, key)
    return tables


def test_the_librarys_block_pool_keeps_the_rules():
    for events, size, _ in CASES:  # of two equal blocks the pool finds only the first
        longer = [
            [*event, 0] if isinstance(event, list) and len(event) % size == 0 else event
            for event in events
        ]
        case = case_of(longer, size)
        assert first_fault(case, by_the_pool(*case)) is None


def test_an_allocator_that_takes_the_highest_free_blocks_is_right_too():
    def from_the_top(events, size, room):
        tables = loop((events, size, room))
        return [[room - 1 - block for block in table] for table in tables]

    assert all(first_fault(case, from_the_top(*case)) is None for case in CASES)
    assert check("08.7", from_the_top).passed


def test_hidden_prompts_share_repeat_and_end():
    drawn = fresh_cases(SHARING, "variety", count=40)
    assert all(any(isinstance(event, int) for event in events) for events, *_ in drawn)
    for events, size, room in drawn:
        prompts = [event for event in events if isinstance(event, list)]
        assert min(map(len, prompts)) >= 1
        assert max(map(len, prompts)) <= 4 * size
        tables = SHARING.oracle(events, size, room)
        assert sum(map(len, tables)) > len({b for table in tables for b in table})


def test_every_rule_has_a_hint_of_its_own():
    named = {mistake.name for mistake in SHARING.misconceptions}
    assert len({mistake.hint for mistake in SHARING.misconceptions}) == len(named)
    tried = [
        (case, attempt(mistake.wrong, case))
        for mistake in SHARING.misconceptions
        for case in SHARING.cases
    ]
    faults = [first_fault(case, got.value) for case, got in tried if not got.problem]
    assert {fault.name for fault in faults if fault} == named


def test_a_report_names_the_prompt_and_draws_the_blocks():
    report = check("08.7", lambda *case: loop(case, shares=lambda end, tokens, size: False))
    assert "Prompt 1: it shares 0 blocks, and its first 1 are there already" in repr(report)
    assert "block tables of 4 prompts across, blocks down" in report._repr_html_()
