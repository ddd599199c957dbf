from itertools import islice

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.showcase.autoscaler import wanted
from tokenworks.serving.cluster.autoscaler import Autoscaler


def test_without_growth_it_is_the_rule_of_the_library():
    for target in (1, 3, 8):
        rule = Autoscaler(target=target, cold_start_seconds=60, least=2, most=9)
        for inside in range(80):
            for before in (inside, inside + 5):
                assert wanted.solution(inside, before, target, 2, 9) == rule.wanted(inside)


def test_growth_is_carried_on_for_one_look():
    assert wanted.solution(12, 4, 1, 1, 100) == 20
    assert wanted.solution(4, 12, 1, 1, 100) == 4


def test_a_run_pays_for_no_more_than_the_most_all_the_time():
    for case in (*wanted.cases, *islice(drawn_cases(wanted, "same"), 60)):
        per_second, _, least, most = case
        wishes, (paid,) = wanted(*case)
        assert set(wishes) <= set(range(least, most + 1))
        assert 0 < paid <= most * (len(per_second) + 20)
