from itertools import islice, permutations

from tokenworks.checks import check
from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.parallelism.shards import (
    first_fault,
    place_experts,
    placements,
    vectors_sent,
)

CASES = (*place_experts.cases, *islice(drawn_cases(place_experts, "many"), 60))


def test_every_placement_is_tried_once():
    found = [tuple(way) for way in placements(6, 3)]
    assert len(found) == 90 == len(set(found))
    assert set(found) == set(permutations([0, 0, 1, 1, 2, 2]))


def test_the_solution_sends_the_least():
    for case in CASES:
        tokens, experts, devices = case
        least = min(vectors_sent(tokens, way) for way in placements(experts, devices))
        assert vectors_sent(tokens, place_experts(*case)) == least
        assert first_fault(case, place_experts(*case)) is None


def test_every_way_that_sends_the_least_is_accepted():
    several = 0
    for case in CASES:
        tokens, experts, devices = case
        ways = list(placements(experts, devices))
        least = min(vectors_sent(tokens, way) for way in ways)
        right = [way for way in ways if first_fault(case, way) is None]
        assert right == [way for way in ways if vectors_sent(tokens, way) == least]
        several += len(right) > 1
    assert several > 5


def test_a_report_says_how_many_vectors_are_enough():
    report = check("12.8", lambda tokens, experts, devices: [e % devices for e in range(experts)])
    assert "vectors are sent, and" in repr(report)
    assert report.misconception == "the experts dealt like cards"
    assert "rules" in report.rule
    assert "placement of 4 experts" in report._repr_html_()


def test_every_rule_has_a_hint_of_its_own():
    named = {mistake.name for mistake in place_experts.mistakes}
    assert len({mistake.hint for mistake in place_experts.mistakes}) == len(named)
