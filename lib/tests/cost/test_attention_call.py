"""One attention's shapes, its tiles and the matrix it may or may not write."""

import pytest

from tokenworks.cost.attention_call import (
    AttentionCall,
    Tiles,
    Traffic,
    call_of,
    matrix_bytes,
    query_tiles,
)
from tokenworks.specs import model_spec

SMALL = {"queries": 4, "keys": 6, "heads": 4, "kv_heads": 2, "d_head": 8}


def test_a_model_gives_its_heads():
    call = call_of(model_spec("llama-3-70b"), 4096, 4096)
    assert (call.heads, call.kv_heads, call.group, call.streams) == (64, 8, 8, 8)
    assert matrix_bytes(call) == 64 * 4096 * 4096 * 2
    with pytest.raises(ValueError, match="latents"):
        call_of(model_spec("deepseek-v3"), 16, 16)


def test_the_scores_of_128_thousand_tokens_in_eighty_layers():
    """Not 2.5 TB: with 64 heads it is 64 times as much."""
    call = call_of(model_spec("llama-3-70b"), 128_000, 128_000)
    assert matrix_bytes(call) == 64 * 128_000**2 * 2
    assert 80 * matrix_bytes(call) == 167_772_160_000_000


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"queries": 0}, "queries must be a whole number from 1, got 0"),
        ({"keys": 6.0}, "keys must be a whole number"),
        ({"batch": True}, "batch must be a whole number"),
        ({"heads": 5}, "2 KV heads do not divide 5 query heads"),
        ({"keys": 3}, "4 causal queries are the last of 3 keys"),
        ({"bytes_per_value": 0}, "bytes_per_value must be a finite number above 0"),
    ],
)
def test_what_cannot_be_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        AttentionCall(**SMALL | changed)
    assert AttentionCall(**SMALL).queries == 4


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("glm-5", "GLM-5 attends over latents"),
        ("qwen3.5-397b-a17b", "only every 4th layer of Qwen3.5 397B-A17B attends"),
    ],
)
def test_a_model_whose_layers_are_no_heads_of_keys_is_refused(name, message):
    with pytest.raises(ValueError, match=message):
        call_of(model_spec(name), 8, 8)


@pytest.mark.parametrize("sizes", [(0, 16), (16, 0), (16, 1.0)])
def test_a_tile_has_rows(sizes):
    with pytest.raises(ValueError, match="must be a whole number from 1"):
        Tiles(*sizes)


def test_a_causal_tile_skips_what_is_all_in_its_future():
    """Six keys in tiles of 4: positions 2 and 3 see the first tile only, 4 and 5 see both."""
    call = AttentionCall(**SMALL)
    assert list(query_tiles(call, Tiles(2, 4))) == [(2, 1, 4), (2, 2, 6)]
    assert list(query_tiles(call, Tiles(3, 4))) == [(3, 2, 6), (1, 2, 6)]
    free = AttentionCall(**SMALL, causal=False)
    assert list(query_tiles(free, Tiles(3, 4))) == [(3, 2, 6), (1, 2, 6)]


def test_traffic_adds_up():
    one, two = Traffic({"Q": 2}, {"O": 3}, 10), Traffic({"Q": 1, "K": 4}, {}, 5)
    assert one + two == Traffic({"Q": 3, "K": 4}, {"O": 3}, 15)
    assert (one + two).bytes == 10
    assert one.intensity == 2
    assert one.times(3) == one + one + one
    assert (one + two).of("Q", "O", "absent") == 6
