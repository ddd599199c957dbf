from random import Random

import pytest

from planner.asked import demand
from tokenworks.planner.demand import tokens_asked
from tokenworks.serving.lengths import Samples


def test_the_lengths_of_a_request_and_the_tokens_a_second():
    asked = demand(requests_per_s=3, prompt_tokens=100, output_tokens=20)
    assert (asked.longest, asked.middle, asked.decoded) == (120, 110, 19)
    assert asked.output_tokens_per_s == 60
    assert asked.name == "P99"
    assert demand(percentile=99.9).name == "P99.9"
    assert asked.lengths.draw(Random(0)) == (100, 20)
    assert asked.slo.ttft_seconds == asked.ttft_seconds


def test_many_lengths_count_as_they_stand_in_a_batch():
    few = Samples(((100, 10), (100, 10), (400, 40)))
    asked = demand(samples=few, prompt_tokens=200, output_tokens=20)
    assert asked.longest == 440
    assert asked.ended == (10 * 110 + 10 * 110 + 40 * 440) / 60
    assert asked.middle == (20 * 105 + 40 * 420) / 60
    lower = demand(samples=few, prompt_tokens=200, output_tokens=20, percentile=50)
    assert (asked.late_prompt, lower.late_prompt) == (400, 100)
    assert (asked.mean_answer, asked.spread) == (20, 2)
    assert asked.output_tokens_per_s == 6 * 20
    assert asked.lengths is few
    assert "3 pairs of lengths, prompts of 100 to 400 tokens (mean 200)" in asked.lengths_text
    assert demand().lengths_text == "all of one length"


def test_what_must_be_in_time_are_prompts_whose_answers_have_a_second_token():
    late = Samples(((100, 10), (900, 1)))
    assert demand(samples=late, prompt_tokens=500, output_tokens=6).late_context == 100
    alone = demand(samples=Samples(((100, 1),)), prompt_tokens=100, output_tokens=1)
    assert alone.late_context == alone.middle


def test_lengths_that_are_not_the_means_of_the_samples_are_refused():
    with pytest.raises(ValueError, match="of these samples are 500 and 60, their rounded means"):
        demand(samples=Samples(((500, 60),)), prompt_tokens=9)


def test_equal_pairs_are_the_one_pair():
    one, many = demand(), demand(samples=Samples(((500, 60),) * 3))
    for name in ("longest", "ended", "middle", "late_prompt", "decoded", "output_tokens_per_s"):
        assert getattr(one, name) == getattr(many, name)


def test_lengths_are_asked_once():
    few = Samples(((3, 1), (6, 4), (6, 4)))
    assert tokens_asked(None, None, few) == (5, 3)
    assert tokens_asked(7, 8, None) == (7, 8)
    for both in ((7, None, None), (None, None, None), (7, 8, few), (None, 8, few)):
        with pytest.raises(ValueError, match="give prompt_tokens and output_tokens, or samples"):
            tokens_asked(*both)


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
