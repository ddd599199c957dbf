import pytest

from planner.asked import candidate, copy, sizing
from tokenworks.planner.replicas import Ratio


def test_copies_chips_and_the_rent_of_a_million_tokens():
    way = candidate(groups=3, each=sizing(copy("TP2")))
    assert (way.replicas, way.chips, way.prefill_replicas) == (3, 6, 0)
    assert way.rent.usd_per_hour == pytest.approx(6 * way.rent.usd_per_chip_hour)
    per_hour = 6 * 60 * 3600  # requests a second × tokens of an answer
    assert way.usd_per_million == pytest.approx(1e6 * way.rent.usd_per_hour / per_hour)
    assert way.floor_usd_per_million < way.usd_per_million
    assert way.name == "3 × TP2, weights bf16, cache bf16, batch 16"


def test_two_pools_have_copies_of_both_kinds():
    way = candidate(groups=2, ratio=Ratio(1, 3))
    assert (way.replicas, way.prefill_replicas, way.decode_replicas) == (8, 2, 6)
    assert way.name.startswith("(2 prefill + 6 decode) × TP1")
    assert way.running >= 1


def test_memory_is_what_a_full_batch_of_long_answers_takes():
    way = candidate(batch=16)
    replica = way.replica
    held = replica.weight_bytes + replica.activation_bytes + 16 * 560 * 131_072
    assert way.memory_share == pytest.approx(held / replica.chip.planned_bytes)


def test_rent_decides_then_chips_then_wider_formats():
    narrow = candidate(each=sizing(copy("TP1", "fp8")))
    assert candidate().preference < narrow.preference
    assert narrow.preference < candidate(groups=2).preference
    assert candidate(groups=2).preference < candidate(ratio=Ratio(1, 1)).preference
