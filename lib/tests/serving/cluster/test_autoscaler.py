"""How many replicas are wanted, by hand."""

import pytest

from tokenworks.serving.cluster.autoscaler import Autoscaler, Scaling


def test_as_many_as_bring_the_load_to_the_target():
    rule = Autoscaler(target=10, cold_start_seconds=1, least=2, most=5)
    assert [rule.wanted(n) for n in (0, 10, 20, 21, 50, 51, 500)] == [2, 2, 2, 3, 5, 5, 5]


def test_up_at_once_and_down_only_after_a_settled_while():
    scaling = Scaling(Autoscaler(target=1, cold_start_seconds=1, settle_seconds=10))
    changes = [(0, 4, 1), (5, 2, 4), (10, 1, 4), (11, 1, 4), (16, 1, 2)]
    found = [scaling.change(inside, there, now=float(now)) for now, inside, there in changes]
    # 4 was wanted up to 10 seconds ago, then 2, then 1
    assert found == [3, 0, 0, -2, -1]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"target": 0}, "target must be a finite number above 0"),
        ({"least": 0}, "least must be a whole number from 1"),
        ({"least": 5, "most": 4}, "most must be at least least, 5; got 4"),
        ({"cold_start_seconds": -1}, "cold_start_seconds must be"),
        ({"interval_seconds": 0}, "interval_seconds must be a finite number above 0"),
    ],
)
def test_impossible_rules_are_refused(changed, says):
    with pytest.raises(ValueError, match=says):
        Autoscaler(**({"target": 1, "cold_start_seconds": 1} | changed))
