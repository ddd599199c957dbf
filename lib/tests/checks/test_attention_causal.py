import numpy as np

from tokenworks.checks.attention_causal import CAUSAL, QUESTIONS
from tokenworks.checks.question import fresh_cases
from tokenworks.cost.attention_call import AttentionCall, Tiles, query_tiles

CASES = (*CAUSAL.cases, *fresh_cases(CAUSAL, "tiles", count=60))


def test_the_chapters_question_about_a_mask():
    assert [question.id for question in QUESTIONS] == ["08.4"]


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
        assert CAUSAL.oracle(queries, keys, q_tile, kv_tile) == wanted


def test_what_is_not_skipped_is_what_the_librarys_flash_attention_loads():
    for queries, keys, q_tile, kv_tile in CASES:
        call = AttentionCall(queries=queries, keys=keys, heads=1, kv_heads=1, d_head=8)
        seen = sum(tile.tiles_seen for tile in query_tiles(call, Tiles(q_tile, kv_tile)))
        assert sum(CAUSAL.oracle(queries, keys, q_tile, kv_tile)[1:]) == seen


def test_hidden_cases_have_earlier_keys_uneven_tiles_and_short_last_ones():
    drawn = fresh_cases(CAUSAL, "variety", count=40)
    assert {keys > queries for queries, keys, *_ in drawn} == {True, False}
    assert {q == kv for *_, q, kv in drawn} == {True, False}
    assert {bool(queries % q) for queries, _, q, _ in drawn} == {True, False}
