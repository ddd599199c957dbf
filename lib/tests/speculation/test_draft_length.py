import pytest

from tokenworks.speculation import DraftLength
from tokenworks.speculation.draft_length import (
    PROBE_PASSES,
    EstimatedLength,
    FixedLength,
    HeuristicLength,
)


def free(gamma, **costs):
    return EstimatedLength(gamma, **({"draft_cost": 0.0, "check_cost": 0.0} | costs))


@pytest.mark.parametrize("kind", [FixedLength, HeuristicLength, free])
def test_each_begins_with_a_draft_and_stays_in_its_bounds(kind):
    length = kind(5)
    assert isinstance(length, DraftLength)
    assert length.next() == 5
    for accepted in (0, 0, 0, 0, 0, 0, 5, 5, 5):
        gamma = length.next()
        assert 1 <= gamma <= 5
        length.record(gamma, min(accepted, gamma))


def test_fixed_stays():
    length = FixedLength(3)
    length.record(3, 0)
    assert length.next() == 3


def test_the_heuristic_goes_up_by_two_and_down_by_one():
    length = HeuristicLength(6)
    seen = []
    for accepted in (0, 1, 0, 3, 5, 6):
        length.record(length.next(), accepted)
        seen.append(length.next())
    assert seen == [5, 4, 3, 5, 6, 6]
    length.record(0, 0)  # a lookup that found nothing says nothing
    assert length.next() == 6


def test_the_estimate_follows_what_is_accepted():
    length = free(8, draft_cost=0.1, check_cost=0.05)
    for _ in range(60):
        gamma = length.next()
        length.record(gamma, gamma)
    assert length.next() == 8
    assert length.acceptance > 0.95
    for _ in range(60):
        length.record(length.next(), 0)
    assert length.next() in (0, 1)
    assert length.acceptance < 0.2


def test_the_estimate_is_the_best_of_all_lengths_at_its_acceptance():
    length = free(6, draft_cost=0.2, check_cost=0.1)
    for accepted in (2, 1, 0, 3, 1):
        length.record(3, accepted)
        alpha = length.acceptance
        speeds = {g: sum(alpha**i for i in range(g + 1)) / (1 + 0.3 * g) for g in range(7)}
        assert speeds[length.next()] == pytest.approx(max(speeds.values()))


def test_a_draft_that_does_not_pay_is_left_out_and_tried_again():
    length = free(4, draft_cost=3.0)
    asked = []
    for _ in range(2 * PROBE_PASSES + 2):
        asked.append(length.next())
        length.record(asked[-1], 0)
    assert asked == ([0] * PROBE_PASSES + [1]) * 2
