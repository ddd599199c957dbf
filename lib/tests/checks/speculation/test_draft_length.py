from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.speculation.draft_length import SAME, best_gamma
from tokenworks.cost.speculation import best_gamma as library
from tokenworks.cost.speculation import speculative_speedup

CASES = (*best_gamma.cases, *islice(drawn_cases(best_gamma, "same"), 100))


def seconds(table, tokens):
    return next(seconds for size, seconds in table if size >= tokens)


def test_the_best_length_is_the_librarys():
    for alpha, draft, batch, table in CASES:
        plain = seconds(table, batch)
        most = table[-1][0] // batch - 1
        if most < 1:
            assert best_gamma(alpha, draft, batch, table) == 0
            continue
        costs = {
            "draft_cost": draft / plain,
            "verify_cost": lambda n, table=table, batch=batch, plain=plain: (
                seconds(table, batch * n) / plain
            ),
        }
        found = best_gamma(alpha, draft, batch, table)
        assert found == library(alpha, **costs, most=most)
        gains = [1.0, *(speculative_speedup(alpha, n, **costs) for n in range(1, most + 1))]
        assert gains[found] == pytest.approx(max(gains))


def test_more_users_draft_less():
    found = [best_gamma(0.8, 0.001, batch, SAME) for batch in (1, 4, 16, 64)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 3 > found[-1] == 0


def test_many_servers_are_better_without_a_draft():
    drawn = [best_gamma(*case) for case in islice(drawn_cases(best_gamma, "none"), 100)]
    assert 10 < sum(gamma == 0 for gamma in drawn) < 70
