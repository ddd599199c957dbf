from dataclasses import replace

from tokenworks.checks.grader import questions
from tokenworks.checks.question import Fault, fresh_cases


def test_fresh_cases_depend_on_seed_and_question():
    first, second = questions("01")["01.1"], questions("01")["01.4"]
    assert fresh_cases(first, "x") == fresh_cases(first, "x")
    assert len(fresh_cases(first, "x", count=5)) == 5
    assert fresh_cases(first, "x") != fresh_cases(first, "y")
    assert fresh_cases(replace(first, id="01.9"), "x") != fresh_cases(first, "x")
    assert fresh_cases(second, "x") != fresh_cases(first, "x")


def test_rule_states_the_tolerance():
    assert questions("01")["01.1"].rule == (
        "A number is right when it is within 0.0001 % of the reference."
    )
    assert questions("01")["01.3"].rule == "Answers are compared exactly."


def test_an_answer_is_accepted_by_the_rules_where_there_are_rules():
    def fault(case, got):
        return None if sum(got) == case[0] else Fault("a wrong sum", "at the end")

    plain = questions("01")["01.3"]
    ruled = replace(plain, fault=fault)
    assert plain.accepts((3,), [3], [3])
    assert not plain.accepts((3,), [3], [1, 2])
    assert ruled.accepts((3,), [3], [1, 2])
    assert ruled.broken((3,), [1]) == Fault("a wrong sum", "at the end")
    assert not ruled.accepts((3,), [3], 3)
    assert ruled.broken((3,), 3) is None
    assert plain.broken((3,), [1]) is None
    assert ruled.rule.startswith("Every answer is right that breaks none of the rules")
