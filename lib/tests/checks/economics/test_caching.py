from itertools import islice

from tokenworks.checks.economics.caching import paying_calls as exercise
from tokenworks.checks.hidden import drawn_cases
from tokenworks.cost.prompt_caching import paying_calls


def test_it_agrees_with_the_cost_model():
    for case in (*exercise.cases, *islice(drawn_cases(exercise, "same"), 50)):
        write, read, rent, answers = case
        assert exercise(*case) == paying_calls(write=write, read=read, rent=rent, answers=answers)
