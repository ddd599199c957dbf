"""Printed ways to batch against weights that have to be read, and printed users against memory."""

import pytest

from tokenworks.cost import weight_bytes
from tokenworks.cost.memory import kv_bytes
from tokenworks.cost.step_time import decode_seconds
from tokenworks.specs import chip, model_spec, number_format
from tokenworks.validate import printed_checks, printed_rooms, printed_ways
from tokenworks.validate.printed import FIRST, floor_deployments

WAYS = {way.printed.way: way for way in printed_ways()}


def test_a_step_with_hardly_any_cache_reads_the_weights():
    """Of the embeddings it reads a row a user, so that a step is a little less than all weights."""
    a100, small = chip("a100-80gb"), model_spec("llama-3-8b")
    reading = weight_bytes(small, 2) / a100.hbm_bytes_per_s
    alone, static = WAYS["one at a time"], WAYS["static batching"]
    assert alone.most is not None
    assert 1 / reading < alone.most < 1.1 / reading
    assert static.most == pytest.approx(32 * alone.most, rel=1e-3)
    for way in (alone, static):
        assert way.expected is not None
        assert way.expected < way.most


def test_two_of_five_cannot_be_with_any_length():
    assert [name for name, way in WAYS.items() if not way.possible] == [
        "one at a time",
        "continuous batching",
    ]
    paged, chunked = (way for way in WAYS.values() if way.printed.users is None)
    assert (paged.fewest_users, chunked.fewest_users) == (52, 63)
    assert paged.row == {
        "way": "continuous batching, PagedAttention",
        "printed, tokens/s": "7,000",
        "users": "52 or more",
        "at most": "–",
        "expected": "–",
    }


def test_all_the_users_that_are_said_to_fit_do():
    rooms = printed_rooms()
    assert len(rooms) == 9
    for room in rooms:
        on = chip(room.printed.chip)
        width = number_format(room.printed.kv).bytes_per_value
        model = model_spec(room.printed.model)
        user = kv_bytes(model, room.tokens, bytes_per_value=width)
        wide = weight_bytes(model, number_format(room.printed.weights).bytes_per_value)
        assert room.fits == int((room.printed.chips * on.usable_bytes - wide) // user)
        assert room.printed.most_users is not None
        assert room.printed.most_users <= room.fits
        assert room.row["printed"] == str(room.printed.most_users)
    assert {room.tokens for room in rooms if room.printed.chips == 1} == {4096}


def test_what_cannot_be_in_the_middle_cannot_be_at_the_first_token():
    """The chapter says so of all printed rates: a cache is shortest right after the prompt."""
    beyond = 0
    for check in printed_checks():
        if check.possible or check.quantity == FIRST:
            continue
        _, stage = floor_deployments(check.printed)
        each = max(1, check.users // check.printed.stages)
        tokens = int(check.printed.prompt_tokens or 0)
        beyond += check.value * decode_seconds(stage, tokens, batch=each) / check.users > 1
    rates = [c for c in printed_checks() if not c.possible and c.quantity != FIRST]
    assert beyond == len(rates)


def test_on_an_h100_the_small_model_beats_its_floor_three_times():
    checks = [c for c in printed_checks() if c.printed.label == "8B on 1 × H100, FP16"]
    rates = {c.users: c.possible for c in checks if c.quantity != FIRST}
    assert rates == {1: False, 32: False, 64: False}
