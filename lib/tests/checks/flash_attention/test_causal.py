from itertools import islice

import numpy as np

from tokenworks.checks.flash_attention.causal import causal_tiles
from tokenworks.checks.hidden import drawn_cases
from tokenworks.cost.attention_call import AttentionCall, Tiles, query_tiles

CASES = (*causal_tiles.cases, *islice(drawn_cases(causal_tiles, "tiles"), 60))


def test_tiles_are_sorted_as_the_mask_itself_says():
    for queries, keys, q_tile, kv_tile in CASES:
        seen = np.tri(queries, keys, keys - queries, dtype=bool)
        parts = [
            seen[q : q + q_tile, k : k + kv_tile]
            for q in range(0, queries, q_tile)
            for k in range(0, keys, kv_tile)
        ]
        skipped = sum(not part.any() for part in parts)
        whole = sum(bool(part.all()) for part in parts)
        wanted = [skipped, len(parts) - skipped - whole, whole]
        assert causal_tiles(queries, keys, q_tile, kv_tile) == wanted


def test_what_is_not_skipped_is_what_the_librarys_flash_attention_loads():
    for queries, keys, q_tile, kv_tile in CASES:
        call = AttentionCall(queries=queries, keys=keys, heads=1, kv_heads=1, d_head=8)
        seen = sum(tile.tiles_seen for tile in query_tiles(call, Tiles(q_tile, kv_tile)))
        assert sum(causal_tiles(queries, keys, q_tile, kv_tile)[1:]) == seen


def test_hidden_cases_have_earlier_keys_uneven_tiles_and_short_last_ones():
    drawn = list(islice(drawn_cases(causal_tiles, "variety"), 40))
    assert {keys > queries for queries, keys, *_ in drawn} == {True, False}
    assert {q == kv for *_, q, kv in drawn} == {True, False}
    assert {bool(queries % q) for queries, _, q, _ in drawn} == {True, False}
