from itertools import islice

import pytest

from tokenworks.checks.batching.preemption import make_room
from tokenworks.checks.hidden import drawn_cases
from tokenworks.cost.step_time import compute_seconds, flops_per_token


def test_the_cheaper_way_is_that_of_the_cost_model():
    for case in (*make_room.cases, *islice(drawn_cases(make_room, "equal"), 40)):
        tokens, parameters, kv_bytes, flops_per_s, link_bytes_per_s = case
        seconds = {
            "recompute": compute_seconds(tokens * flops_per_token(parameters), flops_per_s),
            "swap": 2 * tokens * kv_bytes / link_bytes_per_s,
        }
        name, least = make_room(*case)
        assert (seconds[name], least) == (min(seconds.values()), pytest.approx(seconds[name]))


def test_both_ways_are_cheaper_somewhere_and_the_length_does_not_decide():
    drawn = list(islice(drawn_cases(make_room, "both"), 40))
    assert {make_room(*case)[0] for case in drawn} == {"recompute", "swap"}
    for tokens, *rest in drawn:
        one, many = make_room(tokens, *rest), make_room(2 * tokens, *rest)
        assert (many[0], many[1]) == (one[0], pytest.approx(2 * one[1]))
