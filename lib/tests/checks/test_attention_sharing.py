from tokenworks.checks import check
from tokenworks.checks.attention_sharing import QUESTIONS, SHARING, case_of, loop
from tokenworks.checks.attention_tables import first_fault
from tokenworks.checks.question import fresh_cases

CASES = (*SHARING.cases, *fresh_cases(SHARING, "many prompts", count=80))


def test_the_chapters_question_with_rules():
    assert [question.id for question in QUESTIONS] == ["08.7"]


def test_memory_is_what_all_that_run_need_without_sharing():
    assert case_of([[1, 2, 3], [1, 2], 0, [1]], 2) == ([[1, 2, 3], [1, 2], 0, [1]], 2, 3)


def test_the_reference_keeps_its_own_rules():
    for case in CASES:
        assert first_fault(case, SHARING.oracle(*case)) is None


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
    faults = [
        first_fault(case, mistake.wrong(*case))
        for mistake in SHARING.misconceptions
        for case in SHARING.cases
    ]
    assert {fault.name for fault in faults if fault} == named


def test_a_report_names_the_prompt_and_draws_the_blocks():
    report = check("08.7", lambda *case: loop(case, shares=lambda end, tokens, size: False))
    assert "Prompt 1: it shares 0 blocks, and its first 2 are there already" in repr(report)
    assert "a lane for each block, and tables of 4 prompts" in report._repr_html_()
