from random import Random

import pytest

from planner.asked import demand


def test_the_lengths_of_a_request_and_the_tokens_a_second():
    asked = demand(requests_per_s=3, prompt_tokens=100, output_tokens=20)
    assert (asked.longest, asked.middle, asked.decoded) == (120, 110, 19)
    assert asked.output_tokens_per_s == 60
    assert asked.name == "P99"
    assert demand(percentile=99.9).name == "P99.9"
    assert asked.lengths.draw(Random(0)) == (100, 20)
    assert asked.slo.ttft_seconds == asked.ttft_seconds


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("requests_per_s", 0),
        ("requests_per_s", 1e-300),
        ("requests_per_s", 1e9),
        ("requests_per_s", float("inf")),
        ("prompt_tokens", 0),
        ("output_tokens", -1),
        ("ttft_seconds", 0),
        ("tpot_seconds", float("nan")),
        ("percentile", 100),
        ("percentile", 10),
    ],
)
def test_impossible_values_are_refused_by_name(field, value):
    with pytest.raises(ValueError, match=field):
        demand(**{field: value})
