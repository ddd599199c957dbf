import numpy as np
import pytest

from tokenworks.checks import check
from tokenworks.checks.plain import UnusableError
from tokenworks.checks.showcase.autoscaler import wanted
from tokenworks.checks.showcase.fleet import decisions_apart, from_choices
from tokenworks.checks.showcase.router import sent_to


def test_a_decision_is_one_of_the_choices():
    assert from_choices(np.int64(2), range(3), "a place") == 2
    assert from_choices(2.0, range(3), "a place") == 2
    assert from_choices(True, (0, 1), "a truth value") == 1
    for odd in (3, -1, 0.5, "1", None, [1], float("nan")):
        with pytest.raises(UnusableError, match="where a place is asked for"):
            from_choices(odd, range(3), "a place")


def test_decisions_that_differ_or_are_missing_are_counted():
    assert decisions_apart([[1, 2, 3], [7]], [[1, 0, 3], [9]]) == 1
    assert decisions_apart([[1, 2, 3], [7]], [[1, 0], [9]]) == 2


def test_an_error_is_told_with_the_line_of_the_policy():
    def broken(unread, found, sent, seats):
        places = range(len(unread))
        return places[seats + 7]

    (row, *_) = check("16.1", broken).rows
    assert row.problem.endswith("in line 3 of the function")
    assert row.arguments.startswith("requests=[[")


def test_a_policy_that_changes_its_arguments_changes_nothing_else():
    def greedy(unread, found, sent, seats):
        place = sent_to.solution(unread, found, sent, seats)
        unread.clear()
        return place

    assert check("16.1", greedy).passed


def test_parameters_are_those_of_the_policy():
    assert check("16.3", lambda inside: 1).misconception == "wrong parameters"
    assert "5 arguments" in check("16.3", lambda inside: 1).hint
    assert wanted.case_names(["inside"]) == ["per_second", "target", "least", "most"]
