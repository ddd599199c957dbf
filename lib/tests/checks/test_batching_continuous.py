from tokenworks.checks.question import fresh_cases

from tokenworks.checks import check
from tokenworks.checks.batching_continuous import CONTINUOUS, QUESTIONS, loop
from tokenworks.checks.batching_timetable import first_fault

CASES = (*CONTINUOUS.cases, *fresh_cases(CONTINUOUS, "many traces", count=150))


def test_the_chapters_question_with_rules():
    assert [question.id for question in QUESTIONS] == ["07.5"]


def test_without_a_switch_the_loop_equals_the_librarys_scheduler():
    for case in CASES:
        steps = CONTINUOUS.oracle(*case)
        assert first_fault(case, steps) is None
        assert [sorted(step) for step in loop(case)] == [sorted(step) for step in steps]


def test_a_scheduler_that_prefers_short_answers_among_equals_is_right_too():
    def short_first(requests, slots, room):
        order = sorted(range(len(requests)), key=lambda i: (requests[i][0], requests[i][2]))
        steps = loop(([requests[i] for i in order], slots, room))
        return [[order[i] for i in step] for step in steps]

    assert short_first(*CONTINUOUS.cases[0]) != CONTINUOUS.oracle(*CONTINUOUS.cases[0])
    assert check("07.5", short_first).passed


def test_hidden_traces_have_gaps_full_memory_and_one_token_answers():
    drawn = fresh_cases(CONTINUOUS, "variety", count=40)
    timetables = [CONTINUOUS.oracle(*case) for case in drawn]
    assert any([] in steps for steps in timetables)
    assert any(output == 1 for requests, *_ in drawn for *_, output in requests)
    unbounded = [loop((requests, slots, 10**6)) for requests, slots, _ in drawn]
    tight = [len(steps) > len(free) for steps, free in zip(timetables, unbounded, strict=True)]
    assert sum(tight) > 5


def test_every_rule_has_a_hint_of_its_own():
    named = {mistake.name for mistake in CONTINUOUS.misconceptions}
    assert len({mistake.hint for mistake in CONTINUOUS.misconceptions}) == len(named)
    faults = [
        first_fault(case, mistake.wrong(*case))
        for mistake in CONTINUOUS.misconceptions
        for case in CONTINUOUS.cases
    ]
    assert {fault.name for fault in faults if fault} == named


def test_a_report_names_the_step_and_draws_both_timetables():
    report = check("07.5", lambda *case: loop(case, drops=True))
    assert "request 1 has 4 of its 5 tokens" in repr(report)
    assert "tw-lanes" in report._repr_html_()
    assert "rules" in report.rule
