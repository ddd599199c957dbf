from itertools import islice

from checks.batching.scheduled import timetable
from tokenworks.checks import check
from tokenworks.checks.batching.scheduler import continuous
from tokenworks.checks.batching.timetable import first_fault
from tokenworks.checks.hidden import drawn_cases

CASES = (*continuous.cases, *islice(drawn_cases(continuous, "many traces"), 100))


def test_the_solution_equals_the_librarys_scheduler():
    for case in CASES:
        steps = continuous(*case)
        assert first_fault(case, steps) is None
        assert [sorted(step) for step in timetable(*case)] == [sorted(step) for step in steps]


def test_hidden_traces_have_gaps_full_memory_and_one_token_answers():
    drawn = list(islice(drawn_cases(continuous, "variety"), 40))
    timetables = [continuous(*case) for case in drawn]
    assert any([] in steps for steps in timetables)
    assert any(output == 1 for requests, *_ in drawn for *_, output in requests)
    unbounded = [continuous(requests, slots, 10**6) for requests, slots, _ in drawn]
    tight = [len(steps) > len(free) for steps, free in zip(timetables, unbounded, strict=True)]
    assert sum(tight) > 5


def test_every_rule_has_a_hint_of_its_own_and_is_broken_by_a_mistake():
    named = {mistake.name for mistake in continuous.mistakes}
    assert len({mistake.hint for mistake in continuous.mistakes}) == len(named)
    faults = [
        first_fault(case, wrong(*case)) for wrong in continuous.wrong for case in continuous.cases
    ]
    assert {fault.name for fault in faults if fault} == named


def test_a_report_names_the_step_and_draws_both_timetables():
    at = [mistake.name for mistake in continuous.mistakes].index("a request is not finished")
    report = check("07.5", continuous.wrong[at])
    assert "request 1 has 4 of its 5 tokens" in repr(report)
    assert "tw-lanes" in report._repr_html_()
    assert "rules" in report.rule
