from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.speculation.payoff import speedup, tokens_per_pass
from tokenworks.cost.speculation import speculative_speedup
from tokenworks.cost.speculation import tokens_per_pass as library


def cases(exercise):
    return (*exercise.cases, *islice(drawn_cases(exercise, "same"), 100))


def test_tokens_are_the_librarys():
    for alpha, gamma in cases(tokens_per_pass):
        assert tokens_per_pass(alpha, gamma) == pytest.approx(library(alpha, gamma))


def test_the_speed_up_is_the_librarys():
    for alpha, gamma, draft, verify, decode in cases(speedup):
        costs = {"draft_cost": draft / decode, "verify_cost": verify / decode}
        wanted = speculative_speedup(alpha, gamma, **costs)
        assert speedup(alpha, gamma, draft, verify, decode) == pytest.approx(wanted)


def test_the_first_case_of_both_is_the_one_of_the_quiz():
    assert tokens_per_pass.cases[0] == speedup.cases[0][:2] == (0.8, 5)


def test_some_rounds_pay_and_some_do_not():
    gains = [speedup(*case) for case in islice(drawn_cases(speedup, "gains"), 100)]
    assert 20 < sum(gain > 1 for gain in gains) < 80
    assert any(draft > decode for _, _, draft, _, decode in cases(speedup))  # slower than the model


def test_alpha_may_be_nothing_and_all():
    drawn = {alpha for alpha, _ in islice(drawn_cases(tokens_per_pass, "ends"), 100)}
    assert {0.0, 1.0} < drawn
