"""Parts of a cache, and the rows of the book's table in their words."""

import json
from pathlib import Path

import pytest

from tokenworks.configs import read_cache
from tokenworks.cost.cache_memory import cache_bytes
from tokenworks.cost.memory import kv_bytes
from tokenworks.layer_cache import CachePart, CacheSpec, StatePart, cache_of, counted
from tokenworks.specs import model_spec, model_specs


@pytest.mark.parametrize("spec", model_specs(), ids=lambda spec: spec.name)
@pytest.mark.parametrize("tokens", [1, 127, 5000, 131072])
def test_a_row_and_its_parts_hold_the_same(spec, tokens):
    cache = cache_of(spec)
    assert cache_bytes(cache, tokens, bytes_per_value=2) == kv_bytes(
        spec, tokens, bytes_per_value=2
    )
    assert (cache.attention_kind, cache.is_windowed) == (spec.attention_kind, spec.is_windowed)


# Rows of the table whose layers' states or index keys the config reader knows as well.
@pytest.mark.parametrize("name", ["minimax-m2.5", "kimi-k2.5", "glm-5", "qwen3.5-397b-a17b"])
def test_a_row_keeps_what_its_published_config_says(name):
    lines = (Path(__file__).parent / "configs" / "published.jsonl").read_text().splitlines()
    config = next(row["config"] for row in map(json.loads, lines) if row["name"] == name)
    read, row = read_cache(config), cache_of(model_spec(name))
    assert (row.parts, row.states) == (read.parts, read.states)
    assert (row.context_tokens, row.n_heads) == (read.context_tokens, read.n_heads)


def test_entries_stop_at_the_window_and_stand_for_several_positions():
    part = CachePart(what="attention", d_key=8, d_value=8)
    assert part.entries(1000) == 1000
    assert CachePart(what="attention", d_key=8, window_tokens=64).entries(1000) == 64
    assert CachePart(what="compressed", d_key=8, stride=4).entries(1003) == 250
    assert (part.values, CachePart(what="latent", d_key=576).values) == (16, 576)


def test_alike_parts_are_put_together():
    one = CachePart(what="attention", d_key=8, d_value=8)
    other = StatePart(what="state", values=5, bytes_per_value=4)
    assert [part.layers for part in counted([one, one])] == [2]
    assert [part.layers for part in counted([other, other, other])] == [3]


def test_the_kind_says_what_most_people_call_it():
    def spec(*parts):
        return CacheSpec(name="x", label="x", context_tokens=8, parts=parts, n_heads=8)

    def heads(n):
        return CachePart(what="attention", heads=n, d_key=4, d_value=4)

    latent = CachePart(what="latent", d_key=576)
    assert [spec(heads(n)).attention_kind for n in (8, 2, 1)] == ["mha", "gqa", "mqa"]
    assert spec(latent).attention_kind == "mla"
    assert spec(heads(8), heads(2)).attention_kind == "mixed"
    assert spec().attention_kind == "none"
