from dataclasses import replace

from tokenworks.checks.grader import questions
from tokenworks.checks.question import fresh_cases


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
