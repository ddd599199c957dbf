"""Bytes of caches whose layers differ, on plain integers."""

import pytest

from tokenworks.cost.cache_memory import (
    cache_bytes,
    cache_bytes_per_chip,
    input_cache_bytes,
    state_bytes,
    whole_cache_bytes,
)
from tokenworks.cost.memory import kv_bytes_per_chip
from tokenworks.layer_cache import CachePart, CacheSpec, StatePart, cache_of
from tokenworks.specs import model_spec

FULL = CachePart(what="attention", heads=4, d_key=8, d_value=8, layers=3)
NEAR = CachePart(what="attention", heads=2, d_key=8, d_value=6, layers=5, window_tokens=10)
INPUT = CachePart(what="attention", heads=4, d_key=8, d_value=8, layers=2, of_input=True)
STATES = (
    StatePart(what="state", values=100, bytes_per_value=4, layers=7),
    StatePart(what="convolution", values=30, bytes_per_value=2, layers=7),
)
CACHE = CacheSpec(
    name="x", label="x", context_tokens=64, parts=(FULL, NEAR, INPUT), states=STATES, n_heads=8
)


def test_each_part_adds_its_own():
    growing = 3 * 100 * 4 * 16 + 5 * 10 * 2 * 14
    assert cache_bytes(CACHE, 100, bytes_per_value=2) == growing * 2
    assert input_cache_bytes(CACHE, 50, bytes_per_value=2) == 2 * 50 * 4 * 16 * 2
    assert state_bytes(CACHE) == 7 * (100 * 4 + 30 * 2)
    assert whole_cache_bytes(CACHE, 100, bytes_per_value=1) == 100 * (3 * 4 * 16 + 5 * 2 * 14)


def test_heads_are_sharded_and_copied_part_by_part():
    two = cache_bytes_per_chip(CACHE, 100, bytes_per_value=2, tp=2)
    assert two == cache_bytes(CACHE, 100, bytes_per_value=2) / 2
    four = cache_bytes_per_chip(CACHE, 100, bytes_per_value=2, tp=4)
    assert four == (3 * 100 * 16 + 5 * 10 * 14) * 2  # one head of each, the windowed ones twice


def test_chips_that_do_not_divide_the_heads_are_refused():
    with pytest.raises(ValueError, match="4 KV heads of x cannot be sharded over 3 chips; take 1"):
        cache_bytes_per_chip(CACHE, 100, bytes_per_value=2, tp=3)


@pytest.mark.parametrize("name", ["llama-3-70b", "deepseek-v3", "gpt-oss-20b"])
@pytest.mark.parametrize("tp", [1, 2, 8, 16])
def test_rows_are_sharded_as_before(name, tp):
    spec = model_spec(name)
    same = kv_bytes_per_chip(spec, 5000, bytes_per_value=2, tp=tp)
    assert cache_bytes_per_chip(cache_of(spec), 5000, bytes_per_value=2, tp=tp) == same
