"""Prompts of a step share what it takes, and a long prompt takes several steps."""

from tokenworks.cost.mixed_step import decode_load
from tokenworks.planner.read_prompts import added_seconds, prompt_seconds


def clock(load):
    """Take a second for a step, and one for each of its rows."""
    return 1.0 + load.new_tokens


def test_prompts_of_a_step_share_it_and_beside_answers_only_their_rows_count():
    assert added_seconds(clock, 4, 10, beside=None) == (1 + 40) / 4
    assert added_seconds(clock, 4, 10, beside=decode_load(3, 100)) == 40 / 4


def test_a_prompt_is_read_in_as_many_steps_as_it_takes():
    assert prompt_seconds(clock, 25, step_tokens=10) == 3 + 25
    assert prompt_seconds(clock, 25, step_tokens=10, beside=decode_load(3, 100)) == 25
